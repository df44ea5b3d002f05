/** The canonical URL of a list of products: equivalent queries have the same URL. */
import type { UrlParameters } from '../filters/filter';
import { urlParametersOf } from '../filters/product-filters';
import { defaultOrder, defaultSort, ListProductsQuery, toListing } from './list-products.query';

const DEFAULTS = new ListProductsQuery();

/**
 * Returns the canonical URL of a query, which omits defaults: `sort=relevance&search=Red+apple` →
 * `/products?search=apple+red`. It is equivalent to the query. Throws PAGE_TOO_DEEP.
 */
export function canonicalUrl(query: ListProductsQuery): string {
  const { filter, sort, order, limit, page, count } = toListing(query);
  const ofPage: UrlParameters = {
    sort: sort === defaultSort(query.search) ? undefined : sort,
    order: order === defaultOrder(sort) ? undefined : order,
    limit: limit === DEFAULTS.limit ? undefined : limit,
    page: page === 1 ? undefined : page,
    cursor: query.cursor,
    count: count === DEFAULTS.count ? undefined : count,
  };
  const entries: [string, string][] = [];
  for (const parameters of [...urlParametersOf(filter, query), ofPage])
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) entries.push([name, String(value)]);
  return entries.length === 0 ? '/products' : `/products?${new URLSearchParams(entries).toString()}`;
}
