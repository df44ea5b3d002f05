/** The canonical URL of a list of products: equivalent queries have the same URL. */
import type { UrlParameters } from '../filters/filter';
import { toUrlParameters } from '../filters/product-filters';
import { defaultOrder, defaultSort, ListProductsQuery, toListing } from './list-products.query';

const DEFAULTS = new ListProductsQuery();

/**
 * Returns the canonical URL of a query, which omits defaults: `sort=relevance&search=Red+apple` →
 * `/products?search=apple+red`. It is equivalent to the query. Throws PAGE_TOO_DEEP.
 */
export function canonicalUrl(query: ListProductsQuery): string {
  const { filter, sort, order, limit, page, count } = toListing(query);
  const parameters: UrlParameters = {
    ...toUrlParameters(filter, query),
    sort: sort === defaultSort(query.search) ? undefined : sort,
    order: order === defaultOrder(sort) ? undefined : order,
    limit: limit === DEFAULTS.limit ? undefined : limit,
    page: page === 1 ? undefined : page,
    cursor: query.cursor,
    count: count === DEFAULTS.count ? undefined : count,
  };
  const entries = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '/products' : `/products?${new URLSearchParams(entries).toString()}`;
}
