/** The canonical URL of a list of products: equivalent queries have the same URL. */
import { defaultOrder, defaultSort, ListProductsQuery, MAX_SEARCH_LENGTH, toListing } from './list-products.query';

const DEFAULTS = new ListProductsQuery();

/**
 * Returns the canonical URL of a query, which omits defaults: `sort=relevance&search=Red+apple` →
 * `/products?search=apple+red`. It is equivalent to the query. Throws PAGE_TOO_DEEP.
 */
export function canonicalUrl(query: ListProductsQuery): string {
  const { filter, sort, order, limit, page, count } = toListing(query);
  const { near } = filter;
  const parameters: Record<string, string | number | boolean | undefined> = {
    search: toSearchParameter(filter.terms, query.search),
    category: filter.categories.join(',') || undefined,
    minPrice: query.minPrice,
    maxPrice: query.maxPrice,
    inStock: filter.inStock,
    producerId: filter.producerId,
    near: near && `${near.latitude + 0},${near.longitude + 0}`, // −0 is 0
    radiusKm: near?.radiusKm,
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

/** Returns the search as the client wrote it if its folded words exceed the maximum length. */
function toSearchParameter(terms: readonly string[], search: string | undefined): string | undefined {
  const words = terms.join(' ');
  return search !== undefined && [...words].length > MAX_SEARCH_LENGTH ? search : words || undefined;
}
