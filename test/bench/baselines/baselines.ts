/**
 * What one would write otherwise, each a small honest program beside this file, on the same tables and indexes.
 * A rival is asked only what it can express; `canonicalUrlOf` is undefined for the rest.
 */
import { queryStringOf, type CatalogueQuery } from '../matrix';

export interface Rival {
  readonly name: string;
  /** Compiled file beside this one, and its arguments. */
  readonly program: readonly [file: string, ...args: string[]];
  readonly canonicalUrlOf: (query: CatalogueQuery) => string | undefined;
}

export const baselines: readonly Rival[] = [
  {
    name: 'nestjs-paginate',
    program: ['nestjs-paginate.server.js'],
    canonicalUrlOf: paginateAddress,
  },
  {
    name: 'FULLTEXT alone',
    program: ['hand-written.server.js', 'fulltext'],
    canonicalUrlOf: (query) => (query.near === undefined ? `/products?${queryStringOf(query)}` : undefined),
  },
  {
    name: 'LIKE + OFFSET',
    program: ['hand-written.server.js', 'like'],
    canonicalUrlOf: (query) =>
      query.near === undefined && query.sort !== 'relevance' ? `/products?${queryStringOf(query)}` : undefined,
  },
];

const columns = { price: 'priceMinor', name: 'nameText', createdAt: 'createdAtMs' } as const;

function paginateAddress(query: CatalogueQuery): string | undefined {
  if (query.near !== undefined || query.sort === 'relevance' || query.sort === 'distance') return undefined;
  const direction = query.order === 'desc' ? 'DESC' : 'ASC';
  const parameters = new URLSearchParams([
    ['limit', '20'],
    ['page', String(query.page)],
    ['sortBy', `${columns[query.sort]}:${direction}`],
    ['sortBy', `id:${direction}`],
  ]);
  if (query.search !== undefined) parameters.set('search', query.search);
  if (query.category !== undefined) parameters.set('filter.category', `$eq:${query.category}`);
  if (query.inStock !== undefined) parameters.set('filter.stock', query.inStock ? '$gt:0' : '$eq:0');
  const price = priceFilter(query);
  if (price !== undefined) parameters.set('filter.priceMinor', price);
  return `/products?${parameters.toString()}`;
}

function priceFilter({ minPrice, maxPrice }: CatalogueQuery): string | undefined {
  if (minPrice !== undefined && maxPrice !== undefined) return `$btw:${minPrice * 100},${maxPrice * 100}`;
  if (minPrice !== undefined) return `$gte:${minPrice * 100}`;
  return maxPrice === undefined ? undefined : `$lte:${maxPrice * 100}`;
}
