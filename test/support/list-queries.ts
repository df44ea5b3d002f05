/** Arbitraries for property tests: small catalogues and queries in which equal keys and empty results are common. */
import type { ProductDraft } from '@catalogue';
import { ListProductsQuery } from '@testing/products';
import fc from 'fast-check';
import type { ListQuery } from './brute-force';
import { aProduct, type TestCatalogue } from './catalogue';

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const optionally = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Two producers at one position, one about 17 km away, one overseas, one without coordinates. */
const producers = oneOf(
  { name: 'A', place: '', latitude: 19.99, longitude: 73.78 },
  { name: 'B', place: '', latitude: 19.99, longitude: 73.78 },
  { name: 'C', place: '', latitude: 20.1, longitude: 73.9 },
  { name: 'D', place: '', latitude: -36.85, longitude: 174.76 },
  { name: 'E', place: '', latitude: null, longitude: null },
);

export const drafts = fc
  .array(
    fc.record({
      name: oneOf('Tomato', 'tomato', 'Crème Tomato', 'आम Mango', 'Mango tomatillo', 'Zucchini'),
      description: oneOf('', 'with tomato', 'mango and मिर्च'),
      category: oneOf('vegetables', 'fruits', 'dairy'),
      priceMinor: oneOf(100, 200, 200, 1_000_000_000, 0),
      stock: oneOf(0, 1),
      createdAtMs: oneOf(0, 1_000, 1_001, 1_760_000_000_000, 1_760_000_000_999, 1_760_000_001_000),
      producer: producers,
    }),
    { maxLength: 25 },
  )
  .map((products) => products.map((product, index) => aProduct({ ...product, externalId: `p${index}` })));

/** A query without parameters, for the first `limit` products. */
export const anyProducts = (limit: number): ListQuery => ({
  sort: undefined,
  order: undefined,
  search: undefined,
  category: [],
  minPrice: undefined,
  maxPrice: undefined,
  inStock: undefined,
  near: undefined,
  radiusKm: 25,
  limit,
});

export const listQueries: fc.Arbitrary<ListQuery> = fc
  .record({
    sort: optionally(oneOf('price' as const, 'name' as const, 'createdAt' as const, 'distance' as const)),
    order: optionally(oneOf('asc' as const, 'desc' as const)),
    search: optionally(oneOf('tomato', 'tom', 'to', 'mango tom', 'आम', 'absent')),
    category: oneOf<string[]>([], ['vegetables'], ['dairy', 'fruits']),
    minPrice: optionally(oneOf(0, 1, 2)),
    maxPrice: optionally(oneOf(2, 10_000_000)),
    inStock: optionally(fc.boolean()),
    near: optionally(oneOf({ latitude: 20, longitude: 73.8 }, { latitude: 19.99, longitude: 73.78 })),
    radiusKm: oneOf(1, 25, 500),
    createdAfter: optionally(oneOf(1_000_000_000_000, 1_760_000_000_000, 1_760_000_000_500)),
    createdBefore: optionally(oneOf(1_760_000_001_000, 1_760_000_001_999)),
    limit: fc.integer({ min: 1, max: 7 }),
  })
  // sort=distance requires `near`; relevance, the default with a search, accepts no order.
  .map((query) =>
    query.sort === 'distance' && query.near === undefined ? { ...query, sort: 'price' as const } : query,
  )
  .map((query) => (query.sort === undefined && query.search !== undefined ? { ...query, order: undefined } : query));

export function toQuery(query: ListQuery, cursor?: string): ListProductsQuery {
  const given = Object.entries({ ...query, cursor }).filter(([, value]) => value !== undefined);
  return Object.assign(new ListProductsQuery(), Object.fromEntries(given));
}

/** Replaces the catalogue with the given products. Returns them by their new ids, in the given order. */
export async function replaceCatalogue(
  catalogue: TestCatalogue,
  all: readonly ProductDraft[],
): Promise<Map<number, ProductDraft>> {
  await catalogue.clear();
  if (all.length > 0) await catalogue.given(...all);
  const rows: { id: number; externalId: string }[] = await catalogue.dataSource.query(
    'SELECT id, external_id AS externalId FROM products ORDER BY id',
  );
  const byExternalId = new Map(all.map((draft) => [draft.externalId, draft]));
  return new Map(rows.map(({ id, externalId }) => [id, byExternalId.get(externalId) ?? aProduct()]));
}
