/**
 * A page read during concurrent changes is a page of the catalogue before or after them: rows that leave the list or
 * move in it neither end the list early nor hide other rows.
 */
import { CatalogueReader, type ReadSession } from '@catalogue';
import type { SqlFragment } from '@platform/database';
import {
  IndexSegmentReader,
  ProductListReader,
  segmentsOf,
  toListing,
  toPage,
  type ListProductsQuery,
  type ProductRow,
} from '@testing/products';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';
import { toQuery } from '../../support/list-queries';

const FARM = { place: '', latitude: 20, longitude: 74 };

/** Similar names, and times that are milliseconds apart, have equal abbreviated keys. */
const scenes = [
  { title: 'few products', count: 60, limit: 20, msApart: 60_000 },
  { title: 'products of few names and one second', count: 400, limit: 100, msApart: 1 },
  { title: 'products of many names', count: 700, limit: 100, msApart: 60_000 },
];

const draftOf = (number: number, msApart: number, differing: object = {}) =>
  aProduct({
    externalId: `c${number}`,
    name: `Tomato ${String(number).padStart(3, '0')}`,
    priceMinor: 1_000 + number,
    createdAtMs: Date.UTC(2026, 0, 1) - 1 - number * msApart,
    producer: { ...FARM, name: `Farm ${number}`, latitude: 20 + number / 10_000 },
    ...differing,
  });

const sorts = ['price', 'name', 'createdAt', 'distance'] as const;

/** Statements by a text they contain. The keys of tied products are read before their rows. */
const STATEMENTS = { keys: 'p.id IN', rows: 'AS priceMinor' } as const;

describe.each(databases)('concurrent changes of a page on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let reader: IndexSegmentReader;
  let lists: ProductListReader;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    reader = catalogue.app.get(IndexSegmentReader, { strict: false });
    lists = catalogue.app.get(ProductListReader, { strict: false });
  });
  afterAll(() => catalogue.close());

  const query = (sort: (typeof sorts)[number], limit: number): ListProductsQuery =>
    toQuery({
      sort,
      order: sort === 'createdAt' ? 'desc' : 'asc',
      search: 'tomato',
      category: [],
      minPrice: undefined,
      maxPrice: undefined,
      inStock: true,
      near: { latitude: 20, longitude: 74 },
      radiusKm: 100,
      limit,
    });

  /** A read session that applies changes just before the keys or rows selected by the index are read. */
  function changingSession(before: keyof typeof STATEMENTS, ...changes: (() => Promise<unknown>)[]): ReadSession {
    const session = catalogue.app.get(CatalogueReader, { strict: false }).openSession();
    const changing: ReadSession = {
      read: async <Row>(statement: SqlFragment) => {
        if (statement.text.includes(STATEMENTS[before])) await changes.shift()?.();
        return session.read<Row>(statement);
      },
      withTimeLimit: () => changing,
    };
    return changing;
  }

  /** Names of moved products keep their number. */
  const nameOf = (moved: object, number: number) =>
    'name' in moved ? { name: `Zucchini, no tomato ${String(number).padStart(3, '0')}` } : {};
  const numbersOf = (rows: readonly ProductRow[]) => rows.map(({ name }) => Number(name.slice(-3)));
  const from = (first: number, count: number) => Array.from({ length: count }, (_unused, at) => first + at);

  describe.each(scenes)('list of $title', ({ count, limit, msApart }) => {
    const given = (products: number) => catalogue.given(...from(0, products).map((number) => draftOf(number, msApart)));
    beforeAll(async () => {
      await catalogue.clear();
      await given(count);
    });
    afterEach(() => given(Math.min(count, limit + 10))); // changes affect the first page and the next products

    const change = (number: number, differing: object) => catalogue.given(draftOf(number, msApart, differing));
    const firstSegmentOf = (sort: (typeof sorts)[number]) => segmentsOf(toListing(query(sort, limit)), undefined)[0]!;

    describe.each(Object.keys(STATEMENTS) as (keyof typeof STATEMENTS)[])(
      'change before the %s are read',
      (statement) => {
        it.each(sorts)(
          'concurrent change: a page by %s is filled with the next products if some have left the list',
          async (sort) => {
            const leave = () => Promise.all([change(3, { stock: 0 }), catalogue.remove('c5')]);
            const { rows } = await reader.read(firstSegmentOf(sort), changingSession(statement, leave));
            expect(numbersOf(rows)).toEqual([0, 1, 2, 4, ...from(6, limit - 3)]);
          },
        );

        it.each([
          ['price', { priceMinor: 900_000 }],
          ['name', { name: 'Zucchini, no tomato 007' }],
          ['distance', { producer: { ...FARM, name: 'Farm 7', latitude: 20.5 } }],
        ] as const)(
          'concurrent change: a page by %s is filled with the next products if its last ones have moved',
          async (sort, moved) => {
            const last = limit - 1; // determines the cursor
            const next = limit; // shows that there are more products
            const move = async () => {
              for (const number of [7, last, next]) await change(number, { ...moved, ...nameOf(moved, number) });
            };
            const { rows } = await reader.read(firstSegmentOf(sort), changingSession(statement, move));
            expect(numbersOf(rows)).toEqual(from(0, limit + 4).filter((number) => ![7, last, next].includes(number)));
          },
        );
      },
    );

    it.each(sorts)(
      'concurrent change: a page by %s is full and has a next cursor although products keep changing',
      async (sort) => {
        const listing = toListing(query(sort, limit));
        const session = changingSession('rows', ...from(0, 10).map((number) => () => change(number, { stock: 0 })));
        const { rows } = await lists.read(listing, undefined, session);
        const { next } = toPage(rows, listing, undefined);
        expect(next).toBeDefined();
        expect(rows).toHaveLength(limit + 1);
      },
    );
  });
});
