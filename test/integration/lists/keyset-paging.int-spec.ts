/**
 * Keyset pagination returns the same list as sorting all products in memory: for every sort and filter, in both
 * directions, with equal keys and during inserts.
 */
import { ProductsService } from '@testing/products';
import fc from 'fast-check';
import { expectedIds, type ListQuery } from '../../support/brute-force';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';
import { drafts, listQueries, replaceCatalogue, toQuery } from '../../support/list-queries';
import { runs } from '../../support/runs';

describe.each(databases)('keyset pagination on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let products: ProductsService;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    products = catalogue.app.get(ProductsService, { strict: false });
  });
  afterAll(() => catalogue.close());

  /** Follows cursors in one direction. Returns the ids of each page, and the reverse cursor of the last page. */
  async function pageThrough(
    query: ListQuery,
    from: string | null,
    side: 'next' | 'previous',
    onPage = () => Promise.resolve(),
  ) {
    const pages: number[][] = [];
    /** Totals that pages report as exact. */
    const totals = new Set<number | null>();
    let reverseCursor: string | null = null;
    for (let cursor: string | null | undefined = from ?? undefined; cursor !== null;) {
      const { data, pagination } = await products.list(toQuery(query, cursor));
      pages.push(data.map(({ id }) => id));
      if (pagination.totalRelation === 'eq') totals.add(pagination.total);
      if (pages.length > 1_000) throw new Error('the cursors form a cycle');
      cursor = side === 'next' ? pagination.nextCursor : pagination.previousCursor;
      reverseCursor = side === 'next' ? pagination.previousCursor : pagination.nextCursor;
      await onPage();
    }
    return { pages, totals, reverseCursor };
  }

  it('keyset pagination: reading forward returns every product once, in order, in full pages', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, listQueries, async (all, query) => {
        const stored = await replaceCatalogue(catalogue, all);
        const { pages, totals } = await pageThrough(query, null, 'next');
        const expected = expectedIds(stored, query);
        expect(pages.flat()).toEqual(expected);
        for (const total of totals) expect(total).toBe(expected.length);
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(query.limit);
      }),
      runs(150),
    );
  });

  it('keyset pagination: reading backward from the last page returns the same products', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, listQueries, async (all, query) => {
        const stored = await replaceCatalogue(catalogue, all);
        const forward = await pageThrough(query, null, 'next');
        const { pages, totals } =
          forward.reverseCursor === null
            ? { pages: [], totals: [] }
            : await pageThrough(query, forward.reverseCursor, 'previous');
        const lastPage = forward.pages.at(-1) ?? [];
        const expected = expectedIds(stored, query);
        expect([...pages.toReversed(), lastPage].flat()).toEqual(expected);
        for (const total of totals) expect(total).toBe(expected.length);
      }),
      runs(100),
    );
  });

  it('page numbers: they return the same products and exact totals', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, listQueries, async (all, query) => {
        const stored = await replaceCatalogue(catalogue, all);
        const expected = expectedIds(stored, query);
        const numbered: number[] = [];
        for (let page = 1; (page - 1) * query.limit <= expected.length; page++) {
          const { data, pagination } = await products.list(Object.assign(toQuery(query), { page, count: 'exact' }));
          expect(pagination).toMatchObject({ page, total: expected.length, totalRelation: 'eq' });
          numbered.push(...data.map(({ id }) => id));
        }
        expect(numbered).toEqual(expected);
      }),
      runs(50),
    );
  });

  it('concurrent inserts: no product that existed before is repeated or skipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        drafts,
        listQueries,
        fc.array(drafts, { minLength: 1, maxLength: 4 }),
        async (all, query, arrivals) => {
          const stored = await replaceCatalogue(catalogue, all);
          const waiting = arrivals.map((batch, index) =>
            batch.map((draft) => ({ ...draft, externalId: `late${index}-${draft.externalId}` })),
          );
          const { pages: seen } = await pageThrough(query, null, 'next', async () => {
            const batch = waiting.pop() ?? [];
            if (batch.length > 0) await catalogue.given(...batch);
          });
          expect(new Set(seen.flat()).size).toBe(seen.flat().length);
          expect(seen.flat().filter((id) => stored.has(id))).toEqual(expectedIds(stored, query));
        },
      ),
      runs(50),
    );
  });
});
