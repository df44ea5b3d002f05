/**
 * Baselines of the query benchmark: alternative implementations in this directory, on the same tables and indexes.
 * `urlOf` returns undefined for queries that a baseline does not support.
 */
import { queryStringOf, type CatalogueQuery } from '../matrix';

export interface Baseline {
  readonly name: string;
  /** Compiled file in this directory, and its arguments. */
  readonly program: readonly [file: string, ...args: string[]];
  readonly urlOf: (query: CatalogueQuery) => string | undefined;
}

export const baselines: readonly Baseline[] = [
  {
    name: 'nestjs-paginate',
    program: ['nestjs-paginate.server.js'],
    urlOf: paginateUrl,
  },
  {
    name: 'FULLTEXT alone',
    program: ['hand-written.server.js', 'fulltext'],
    urlOf: (query) => (query.near === undefined ? `/products?${queryStringOf(query)}` : undefined),
  },
  {
    name: 'LIKE + OFFSET',
    program: ['hand-written.server.js', 'like'],
    urlOf: (query) =>
      query.near === undefined && query.sort !== 'relevance' ? `/products?${queryStringOf(query)}` : undefined,
  },
];

const columns = { price: 'priceMinor', name: 'nameText', createdAt: 'createdAtMs' } as const;

function paginateUrl(query: CatalogueQuery): string | undefined {
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
