/**
 * Walking a list by its cursors gives exactly what sorting everything in memory gives: for every sort and filter,
 * in both directions, with equal keys, and while products are inserted.
 */
import fc from 'fast-check';
import type { ProductDraft } from '../../libs/features/products/src/product-draft';
import { ListProductsQuery } from '../../libs/features/products/src/list-products.query';
import { ProductsService } from '../../libs/features/products/src/products.service';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';
import { expectedIds, type Wish } from '../support/brute-force';

const few = <T>(...values: T[]) => fc.constantFrom(...values);

/** Few different values of everything, so that equal keys and empty results are common. */
const drafts = fc
  .array(
    fc.record({
      name: few('Tomato', 'tomato', 'Crème Tomato', 'आम Mango', 'Mango tomatillo', 'Zucchini'),
      description: few('', 'with tomato', 'mango and मिर्च'),
      category: few('vegetables', 'fruits', 'dairy'),
      priceMinor: few(100, 200, 200, 1_000_000_000, 0),
      stock: few(0, 1),
      createdAtMs: few(0, 1_000, 1_760_000_000_000),
      producer: few('A', 'B').map((name) => ({ name, place: '', latitude: null, longitude: null })),
    }),
    { maxLength: 25 },
  )
  .map((products) => products.map((product, index) => aProduct({ ...product, externalId: `p${index}` })));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const wishes: fc.Arbitrary<Wish> = fc
  .record({
    sort: optional(few('price' as const, 'name' as const, 'createdAt' as const)),
    order: optional(few('asc' as const, 'desc' as const)),
    search: optional(few('tomato', 'tom', 'mango tom', 'आम', 'absent')),
    category: few<string[]>([], ['vegetables'], ['dairy', 'fruits']),
    minPrice: optional(few(0, 1, 2)),
    maxPrice: optional(few(2, 10_000_000)),
    inStock: optional(fc.boolean()),
    limit: fc.integer({ min: 1, max: 7 }),
  })
  // Relevance, the default with a search, has its own order.
  .map((wish) => (wish.sort === undefined && wish.search !== undefined ? { ...wish, order: undefined } : wish));

function toQuery(wish: Wish, cursor?: string): ListProductsQuery {
  const given = Object.entries({ ...wish, cursor }).filter(([, value]) => value !== undefined);
  return Object.assign(new ListProductsQuery(), Object.fromEntries(given));
}

describe.each(databases)('walking the catalogue on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let products: ProductsService;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    products = catalogue.app.get(ProductsService, { strict: false });
  });
  afterAll(() => catalogue.close());

  /** External ids are not part of an answer; ids are given in the order of the drafts. */
  async function store(all: readonly ProductDraft[]): Promise<Map<number, ProductDraft>> {
    await catalogue.clear();
    if (all.length > 0) await catalogue.given(...all);
    const rows: { id: number; externalId: string }[] = await catalogue.dataSource.query(
      'SELECT id, external_id AS externalId FROM products ORDER BY id',
    );
    const byExternalId = new Map(all.map((draft) => [draft.externalId, draft]));
    return new Map(rows.map(({ id, externalId }) => [id, byExternalId.get(externalId) ?? aProduct()]));
  }

  /** Ids page by page, from a cursor until there is no further one, and the way back from the last page. */
  async function walk(wish: Wish, from: string | null, side: 'next' | 'previous', onPage = () => Promise.resolve()) {
    const pages: number[][] = [];
    let wayBack: string | null = null;
    for (let cursor: string | null | undefined = from ?? undefined; cursor !== null;) {
      const { data, pagination } = await products.list(toQuery(wish, cursor));
      pages.push(data.map(({ id }) => id));
      if (pages.length > 1_000) throw new Error('the walk goes in a circle');
      cursor = side === 'next' ? pagination.nextCursor : pagination.previousCursor;
      wayBack = side === 'next' ? pagination.previousCursor : pagination.nextCursor;
      await onPage();
    }
    return { pages, wayBack };
  }

  it('forward gives everything once, in order, in full pages', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, wishes, async (all, wish) => {
        const stored = await store(all);
        const { pages } = await walk(wish, null, 'next');
        expect(pages.flat()).toEqual(expectedIds(stored, wish));
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(wish.limit);
      }),
      { numRuns: 150 },
    );
  });

  it('backward from the last page gives the same pages', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, wishes, async (all, wish) => {
        const stored = await store(all);
        const forward = await walk(wish, null, 'next');
        const backward = forward.wayBack === null ? { pages: [] } : await walk(wish, forward.wayBack, 'previous');
        const lastPage = forward.pages.at(-1) ?? [];
        expect([...backward.pages.toReversed(), lastPage].flat()).toEqual(expectedIds(stored, wish));
      }),
      { numRuns: 100 },
    );
  });

  it('by page numbers gives the same', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, wishes, async (all, wish) => {
        const stored = await store(all);
        const expected = expectedIds(stored, wish);
        const numbered: number[] = [];
        for (let page = 1; (page - 1) * wish.limit <= expected.length; page++) {
          const { data, pagination } = await products.list(Object.assign(toQuery(wish), { page }));
          expect(pagination).toMatchObject({ page, total: expected.length, totalRelation: 'eq' });
          numbered.push(...data.map(({ id }) => id));
        }
        expect(numbered).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('while products are inserted neither repeats nor skips one that was there', async () => {
    await fc.assert(
      fc.asyncProperty(
        drafts,
        wishes,
        fc.array(drafts, { minLength: 1, maxLength: 4 }),
        async (all, wish, arrivals) => {
          const stored = await store(all);
          const waiting = arrivals.map((batch, index) =>
            batch.map((draft) => ({ ...draft, externalId: `late${index}-${draft.externalId}` })),
          );
          const { pages: seen } = await walk(wish, null, 'next', async () => {
            const batch = waiting.pop() ?? [];
            if (batch.length > 0) await catalogue.given(...batch);
          });
          expect(new Set(seen.flat()).size).toBe(seen.flat().length);
          expect(seen.flat().filter((id) => stored.has(id))).toEqual(expectedIds(stored, wish));
        },
      ),
      { numRuns: 50 },
    );
  });
});
