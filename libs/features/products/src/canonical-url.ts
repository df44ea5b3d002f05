/** The one address of a list of products: equal wishes have equal ones, however they were written. */
import { defaultOrder, defaultSort, ListProductsQuery, MAX_SEARCH_LENGTH, toListing } from './list-products.query';

const DEFAULTS = new ListProductsQuery();

/** Without what goes without saying; it asks for the same list as the query. Throws PAGE_TOO_DEEP. */
export function canonicalUrl(query: ListProductsQuery): string {
  const { filter, sort, order, limit, page, count } = toListing(query);
  const { near } = filter;
  const parameters: Record<string, string | number | boolean | undefined> = {
    search: toSearch(filter.terms, query.search),
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
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '/products' : `/products?${new URLSearchParams(given).toString()}`;
}

/** Words taken apart may be longer than a search may be; it stays as it was written then. */
function toSearch(terms: readonly string[], search: string | undefined): string | undefined {
  const words = terms.join(' ');
  return search !== undefined && [...words].length > MAX_SEARCH_LENGTH ? search : words || undefined;
}
