/** Small catalogues and queries for property tests, in which equal keys and empty results are common. */
import { ListProductsQuery, type ProductDraft } from '@testing/products';
import fc from 'fast-check';
import type { ListQuery } from './brute-force';
import { aProduct, type TestCatalogue } from './catalogue';

const few = <T>(...values: T[]) => fc.constantFrom(...values);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Two at one place, one some 17 km from there, one beyond the sea, one nobody knows where. */
const producers = few(
  { name: 'A', place: '', latitude: 19.99, longitude: 73.78 },
  { name: 'B', place: '', latitude: 19.99, longitude: 73.78 },
  { name: 'C', place: '', latitude: 20.1, longitude: 73.9 },
  { name: 'D', place: '', latitude: -36.85, longitude: 174.76 },
  { name: 'E', place: '', latitude: null, longitude: null },
);

export const drafts = fc
  .array(
    fc.record({
      name: few('Tomato', 'tomato', 'Crème Tomato', 'आम Mango', 'Mango tomatillo', 'Zucchini'),
      description: few('', 'with tomato', 'mango and मिर्च'),
      category: few('vegetables', 'fruits', 'dairy'),
      priceMinor: few(100, 200, 200, 1_000_000_000, 0),
      stock: few(0, 1),
      createdAtMs: few(0, 1_000, 1_001, 1_760_000_000_000),
      producer: producers,
    }),
    { maxLength: 25 },
  )
  .map((products) => products.map((product, index) => aProduct({ ...product, externalId: `p${index}` })));

export const listQueries: fc.Arbitrary<ListQuery> = fc
  .record({
    sort: optional(few('price' as const, 'name' as const, 'createdAt' as const, 'distance' as const)),
    order: optional(few('asc' as const, 'desc' as const)),
    search: optional(few('tomato', 'tom', 'to', 'mango tom', 'आम', 'absent')),
    category: few<string[]>([], ['vegetables'], ['dairy', 'fruits']),
    minPrice: optional(few(0, 1, 2)),
    maxPrice: optional(few(2, 10_000_000)),
    inStock: optional(fc.boolean()),
    near: optional(few({ latitude: 20, longitude: 73.8 }, { latitude: 19.99, longitude: 73.78 })),
    radiusKm: few(1, 25, 500),
    limit: fc.integer({ min: 1, max: 7 }),
  })
  // Distance needs a place; relevance, the default with a search, has its own order.
  .map((query) =>
    query.sort === 'distance' && query.near === undefined ? { ...query, sort: 'price' as const } : query,
  )
  .map((query) => (query.sort === undefined && query.search !== undefined ? { ...query, order: undefined } : query));

export function toQuery(query: ListQuery, cursor?: string): ListProductsQuery {
  const given = Object.entries({ ...query, cursor }).filter(([, value]) => value !== undefined);
  return Object.assign(new ListProductsQuery(), Object.fromEntries(given));
}

/** Makes these the whole catalogue; says what each became, by id, in the order given. */
export async function storeAnew(
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
