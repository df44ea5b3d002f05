/**
 * Query matrix of the benchmark for GET /products: every kind of search, combined with categories, sorts, price ranges
 * and pages. Pure: the same number of rows gives the same queries in the same order.
 */
import { createHash } from 'node:crypto';

/** Query groups in the order of the reports. */
export const queryGroups = [
  'no search',
  'common word',
  'middling word',
  'rare word',
  'absent word',
  'rare combination',
  'prefix as typed',
  'Hindi word',
  'stock',
  'near',
] as const;
type QueryGroup = (typeof queryGroups)[number];

export interface CatalogueQuery {
  readonly group: QueryGroup;
  readonly sort: 'price' | 'name' | 'createdAt' | 'relevance' | 'distance';
  /** Omitted for the default order of the sort. */
  readonly order?: 'asc' | 'desc';
  readonly page: number;
  readonly category?: string;
  readonly search?: string;
  /** Rupees, inclusive. */
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly inStock?: boolean;
  /** `latitude,longitude` in degrees. */
  readonly near?: string;
  readonly radiusKm?: number;
}

/** A deep page: an offset of about a thousand products. */
export const FAR_PAGE = 50;

/** Categories with 1/3 and 1/50 of the products. */
const COMMON_CATEGORY = 'vegetables';
const RARE_CATEGORY = 'eggs';
const categories = [{}, { category: COMMON_CATEGORY }, { category: RARE_CATEGORY }];

const sorts = (['price', 'name', 'createdAt'] as const).flatMap((sort) =>
  (['asc', 'desc'] as const).map((order) => ({ sort, order })),
);
const searchSorts = [...sorts, { sort: 'relevance' as const }];

/** Price filters: none, a narrow range, a wide range, and the upper end, which matches almost nothing. */
const prices = [{}, { minPrice: 100, maxPrice: 105 }, { minPrice: 50, maxPrice: 500 }, { minPrice: 1_200 }];
const pages = [{ page: 1 }, { page: FAR_PAGE }];

/** Returns the searches of each group for a catalogue of `rows` products. A unit test checks their frequencies. */
export function searchesOf(rows: number) {
  return {
    'common word': ['product', 'harvest'],
    'middling word': ['tomato', 'mango', 'nashik', 'premium', 'marigold'],
    'rare word': [lastGeneration(rows)],
    'absent word': ['zucchini', 'quinoa'],
    'rare combination': ['winter monsoon', 'tomato mango', 'ginger shimla', 'duck wayanad', 'premium marigold nashik'],
    'prefix as typed': ['to', 'or', 'pom', 'tur', 'keep'],
    'Hindi word': ['आम', 'टमाटर', 'दूध', 'दाल'],
  } satisfies Partial<Record<QueryGroup, readonly string[]>>;
}

/** Returns a rare word: the last of the numbers that occur in producer names as the catalogue grows. */
function lastGeneration(rows: number): string {
  return String(1 + Math.floor((100 + rows / 40 - 1) / 160));
}

/** Returns all queries of the matrix. */
export function queryMatrix(rows: number): CatalogueQuery[] {
  const plain = combine({ group: 'no search' as const }, categories, sorts, prices, pages);
  const searches = Object.entries(searchesOf(rows)).flatMap(([group, texts]) =>
    texts.flatMap((search) => combine({ group: group as QueryGroup, search }, categories, searchSorts, prices, pages)),
  );
  return [...plain, ...searches, ...stockQueries(), ...nearQueries()];
}

function stockQueries(): CatalogueQuery[] {
  const searches = [{}, { search: 'product' }, { search: 'tomato' }, { search: 'winter monsoon' }];
  const stocks = [{ inStock: true }, { inStock: false }];
  return stocks.flatMap((stock) =>
    searches.flatMap((search) =>
      combine({ group: 'stock' as const, ...stock, ...search }, categories, sorts, [{}], pages),
    ),
  );
}

/** Queries near a town, near a cluster of producers, and at sea. */
function nearQueries(): CatalogueQuery[] {
  const places = ['19.9975,73.7898', '13.3161,75.772', '15,68'];
  const nearSorts = [{ sort: 'distance' as const }, ...sorts];
  return places.flatMap((near) =>
    [5, 25, 200].flatMap((radiusKm) =>
      [{}, { search: 'tomato' }].flatMap((search) =>
        combine({ group: 'near' as const, near, radiusKm, ...search }, categories, nearSorts, [{}], pages),
      ),
    ),
  );
}

function combine(
  fixed: Pick<CatalogueQuery, 'group'> & Partial<CatalogueQuery>,
  ...dimensions: [
    categories: readonly Partial<CatalogueQuery>[],
    sorts: readonly Pick<CatalogueQuery, 'sort' | 'order'>[],
    prices: readonly Partial<CatalogueQuery>[],
    pages: readonly Pick<CatalogueQuery, 'page'>[],
  ]
): CatalogueQuery[] {
  const [ofCategory, ofSort, ofPrice, ofPage] = dimensions;
  return ofCategory.flatMap((category) =>
    ofSort.flatMap((sort) =>
      ofPrice.flatMap((price) => ofPage.map((page) => ({ ...fixed, ...category, ...price, ...sort, ...page }))),
    ),
  );
}

/** Returns the query string without `?`. Omits defaults, as clients do. */
export function queryStringOf({ group: _, page, ...parameters }: CatalogueQuery): string {
  const all = { ...parameters, ...(page > 1 && { page }) };
  const texts = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
  return new URLSearchParams(texts).toString();
}

/** Selects `count` queries in mixed order, with an equal share of each group as far as possible. */
export function selectQueries(all: readonly CatalogueQuery[], count: number): CatalogueQuery[] {
  const mixed = shuffle(all);
  const groups = queryGroups.map((name) => mixed.filter(({ group }) => group === name));
  const selected: CatalogueQuery[] = [];
  for (let index = 0; selected.length < Math.min(count, all.length); index++)
    selected.push(...groups.flatMap((group) => group[index] ?? []).slice(0, count - selected.length));
  return shuffle(selected);
}

/** A word as frequent as the middling ones that no measured query contains. */
const WARM_UP_WORD = 'spinach';

/** Selects `count` queries of the same kinds, with another search word. */
export function warmUpQueries(all: readonly CatalogueQuery[], count: number): CatalogueQuery[] {
  return selectQueries(all, count).map((query) => (query.search ? { ...query, search: WARM_UP_WORD } : query));
}

/** Orders queries by their hashes: pseudo-random, deterministic, and stable if queries are added. */
function shuffle(queries: readonly CatalogueQuery[]): CatalogueQuery[] {
  return queries
    .map((query) => ({ query, place: createHash('sha256').update(queryStringOf(query)).digest('hex') }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ query }) => query);
}
