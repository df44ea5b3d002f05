/**
 * A page that is read while its products change is a page of the catalogue before or after the change: rows that have just
 * left the list, or moved in it, neither look like its end nor hide others.
 */
import { CacheVersion } from '@platform/cache';
import type { SqlFragment } from '@platform/database';
import { CatalogueReader, type CatalogueView } from '../../libs/features/products/src/catalogue.reader';
import { toListing, type ListProductsQuery } from '../../libs/features/products/src/list-products.query';
import { IndexPartReader } from '../../libs/features/products/src/planning/index-part.reader';
import { partsOf } from '../../libs/features/products/src/planning/list-part';
import { ProductListReader } from '../../libs/features/products/src/planning/product-list.reader';
import type { ProductRow } from '../../libs/features/products/src/product-listing';
import { toPage } from '../../libs/features/products/src/product-page';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';
import { toQuery } from '../support/wishes';

const COUNT = 60;
const LIMIT = 20;
const FARM = { place: '', latitude: 20, longitude: 74 };

const draftOf = (number: number, differing: object = {}) =>
  aProduct({
    externalId: `c${number}`,
    name: `Tomato ${String(number).padStart(3, '0')}`,
    priceMinor: 1_000 + number,
    createdAtMs: Date.UTC(2026, 0, 1) - number * 60_000,
    producer: { ...FARM, name: `Farm ${number}`, latitude: 20 + number / 10_000 },
    ...differing,
  });

const sorts = ['price', 'name', 'createdAt', 'distance'] as const;

describe.each(databases)('a page whose products change on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let reader: IndexPartReader;
  let lists: ProductListReader;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    reader = catalogue.app.get(IndexPartReader, { strict: false });
    lists = catalogue.app.get(ProductListReader, { strict: false });
  });
  beforeEach(async () => {
    await catalogue.clear();
    await catalogue.given(...Array.from({ length: COUNT }, (_unused, number) => draftOf(number)));
  });
  afterAll(() => catalogue.close());

  const query = (sort: (typeof sorts)[number]): ListProductsQuery =>
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
      limit: LIMIT,
    });

  /** A view through which the catalogue changes just before rows are read that the index has selected. */
  function changingView(...changes: (() => Promise<unknown>)[]): CatalogueView {
    const view = catalogue.app.get(CatalogueReader, { strict: false }).view();
    const changing: CatalogueView = {
      read: async <Row>(statement: SqlFragment) => {
        if (statement.text.includes('p.id IN')) await changes.shift()?.();
        return view.read<Row>(statement);
      },
      within: () => changing,
    };
    return changing;
  }

  const soldOut = (number: number) => () => catalogue.given(draftOf(number, { stock: 0 }));
  const numbersOf = (rows: readonly ProductRow[]) => rows.map(({ name }) => Number(name.slice(-3)));
  const from = (first: number, count: number) => Array.from({ length: count }, (_unused, at) => first + at);

  it.each(sorts)('by %s is filled with the products that come next, if some have left the list', async (sort) => {
    const [part] = partsOf(toListing(query(sort)), undefined);
    const leave = () => Promise.all([soldOut(3)(), catalogue.remove('c5')]);
    const { rows } = await reader.read(part!, changingView(leave));
    expect(numbersOf(rows)).toEqual([0, 1, 2, 4, ...from(6, LIMIT - 3)]);
  });

  it.each([
    ['price', { priceMinor: 900_000 }],
    ['name', { name: 'Tomato zucchini 007' }],
    ['distance', { producer: { ...FARM, name: 'Farm 7', latitude: 20.5 } }],
  ] as const)('by %s ends where the products between its end and one that moved away begin', async (sort, moved) => {
    const [part] = partsOf(toListing(query(sort)), undefined);
    const { rows } = await reader.read(
      part!,
      changingView(() => catalogue.given(draftOf(7, moved))),
    );
    expect(numbersOf(rows)).toEqual(from(0, LIMIT + 2).filter((number) => number !== 7));
  });

  it.each(sorts)('by %s goes on, however often its products change', async (sort) => {
    const listing = toListing(query(sort));
    const view = changingView(...from(0, 10).map((number) => soldOut(number)));
    const { rows } = await lists.read(listing, undefined, view);
    const { next } = toPage(rows, listing, undefined);
    expect(next).toBeDefined();
    expect(rows).toHaveLength(LIMIT + 1);
    await catalogue.app.get(CacheVersion).bump();
  });
});
