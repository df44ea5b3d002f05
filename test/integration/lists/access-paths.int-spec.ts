/**
 * Every access path returns the same rows: each query is read by every possible path, from the beginning, from a seek
 * position and at an offset, and compared with sorting all products in memory.
 */
import { CatalogueReader, type ProductDraft } from '@catalogue';
import { dialectOf } from '@platform/database';
import {
  ENGINE_COSTS,
  SegmentReader,
  planSegment,
  segmentsOf,
  toListing,
  type ProductListing,
  type ProductRow,
  type Segment,
  type SortKeys,
} from '@testing/products';
import fc from 'fast-check';
import request from 'supertest';
import { expectedIds, type ListQuery } from '../../support/brute-force';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';
import { anyProducts, drafts, listQueries, replaceCatalogue, toQuery } from '../../support/list-queries';
import { runs } from '../../support/runs';

const LIMIT_MS = 5_000;

const PLACE = { latitude: 20, longitude: 74 };
const FARM = { place: '', latitude: 20.01, longitude: 74 };
const IMPORTED_AT_MS = Date.UTC(2026, 9, 31);

describe.each(databases)('access paths on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let reader: SegmentReader;
  let catalogueReader: CatalogueReader;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    reader = catalogue.app.get(SegmentReader, { strict: false });
    catalogueReader = catalogue.app.get(CatalogueReader, { strict: false });
  });
  afterAll(() => catalogue.close());

  /** Reads a segment by every candidate path. */
  async function readByEveryPath(segment: Segment): Promise<[string, readonly ProductRow[]][]> {
    const statistics = {
      sample: undefined,
      isIndexComplete: true,
      costs: ENGINE_COSTS[dialectOf(catalogue.dataSource)],
    };
    const readings: [string, readonly ProductRow[]][] = [];
    for (const { path } of planSegment(segment, statistics).candidates) {
      const { rows } = await reader.read({
        segment,
        path,
        session: catalogueReader.openSession().withTimeLimit(LIMIT_MS),
      });
      readings.push([path, rows]);
    }
    return readings;
  }

  async function expectRows(segment: Segment, expected: readonly number[]): Promise<void> {
    for (const [path, rows] of await readByEveryPath(segment)) expect([path, idsOf(rows)]).toEqual([path, expected]);
  }

  it('access path: every path returns the same rows as sorting in memory', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, listQueries, async (all, query) => {
        const expected = expectedIds(await replaceCatalogue(catalogue, all), query);
        const read = new Map<string, number[]>();
        for (const segment of segmentsOf(fullListing(query), undefined))
          for (const [path, rows] of await readByEveryPath(segment))
            read.set(path, [...(read.get(path) ?? []), ...idsOf(rows)]);
        for (const [path, ids] of read) expect([path, ids]).toEqual([path, expected]);
      }),
      runs(150),
    );
  });

  it('keyset pagination: every path returns the same rows at any offset and from any seek position', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, listQueries, fc.nat(20), async (all, query, offset) => {
        await replaceCatalogue(catalogue, all);
        for (const segment of segmentsOf(fullListing(query), undefined)) {
          const [[, whole] = ['', []]] = await readByEveryPath(segment);
          await expectRows({ ...segment, offset, limit: 3 }, idsOf(whole.slice(offset, offset + 3)));
          const row = whole[offset];
          if (row === undefined) continue;
          const next = idsOf(whole.slice(offset + 1, offset + 4));
          await expectRows({ ...segment, after: keyOf(segment, row), limit: 3 }, next);
        }
      }),
      runs(150),
    );
  });

  it.each([
    ['names that begin alike', { sort: 'name' }, (number) => ({ name: `Organic ${number}` })],
    ['equal names', { sort: 'name' }, (number) => ({ name: `Organic ${number % 7}` })],
    ['equal prices', { sort: 'price', order: 'desc' }, (number) => ({ priceMinor: number % 3 })],
    ['one creation time', { sort: 'createdAt' }, () => ({ createdAtMs: IMPORTED_AT_MS })],
    [
      'creation times of one second',
      { sort: 'createdAt' },
      (number) => ({ createdAtMs: IMPORTED_AT_MS + (number % 7) }),
    ],
    ['one distance', { sort: 'distance', near: PLACE }, (number) => ({ producer: { ...FARM, name: `${number % 5}` } })],
  ] satisfies [string, Partial<ListQuery>, (number: number) => Partial<ProductDraft>][])(
    'tie-break: pages are correct among thousands of products with %s',
    async (__, query, draftOf) => {
      const numbers = Array.from({ length: 2_600 }, (_unused, at) => (at * 7_919) % 2_600);
      const drafts = numbers.map((number) =>
        aProduct({ name: 'Organic', ...draftOf(number), externalId: `same-${number}` }),
      );
      const all = expectedIds(await replaceCatalogue(catalogue, drafts), { ...ANYTHING, search: 'organic', ...query });
      const [segment] = segmentsOf(fullListing({ ...ANYTHING, search: 'organic', ...query }), undefined);
      if (segment === undefined) throw new Error('expected a segment');
      const [[, whole] = ['', []]] = await readByEveryPath({ ...segment, limit: 3_000 });
      expect(idsOf(whole)).toEqual(all);
      for (const offset of [0, 1_300, 2_595]) {
        await expectRows({ ...segment, offset, limit: 5 }, all.slice(offset, offset + 5));
        const after = keyOf(segment, whole[offset]!);
        await expectRows({ ...segment, after, limit: 5 }, all.slice(offset + 1, offset + 6));
      }
    },
  );

  it.each(['', 'sort=name&', 'inStock=true&'])(
    'long word: a word longer than the words of the search index is found, with the parameters "%s"',
    async (more) => {
      const long = '각'.repeat(60); // each decomposes into three letters
      const names = [`${long}나`, `Rice ${long}다`, `${long}나 old`, long.slice(0, 50)];
      const drafts = names.map((name, at) => aProduct({ name, description: at === 1 ? `${long}나` : '' }));
      const stored = await replaceCatalogue(catalogue, drafts);
      const search = `${long}나`;
      const { data, pagination } = (
        await request(catalogue.app.getHttpServer())
          .get(`/products?${more}search=${encodeURIComponent(search)}&count=exact`)
          .expect(200)
      ).body as { data: { id: number }[]; pagination: object };
      expect(data.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([...stored.keys()].slice(0, 3));
      expect(pagination).toMatchObject({ total: 3, totalRelation: 'eq', nextCursor: null });
      const query: ListQuery = { ...ANYTHING, search };
      const read = new Map<string, number[]>();
      for (const segment of segmentsOf(fullListing(query), undefined))
        for (const [path, rows] of await readByEveryPath(segment))
          read.set(path, [...(read.get(path) ?? []), ...idsOf(rows)]);
      for (const [path, ids] of read) expect([path, ids]).toEqual([path, expectedIds(stored, query)]);
    },
  );

  it.each([
    ['across the antimeridian', { latitude: -16.8, longitude: 179.99 }, { latitude: -16.8, longitude: -179.99 }],
    ['across the north pole', { latitude: 89.99, longitude: 10 }, { latitude: 89.99, longitude: -170 }],
    ['across the south pole', { latitude: -89.99, longitude: 45 }, { latitude: -89.99, longitude: -135 }],
    ['across the prime meridian', { latitude: 51.48, longitude: 0.01 }, { latitude: 51.48, longitude: -0.01 }],
  ])('geo search: only the neighbour %s is found', async (__, near, position) => {
    const neighbour = aProduct({ producer: { name: 'Neighbour', place: '', ...position } });
    const antipode = { latitude: -position.latitude, longitude: position.longitude };
    const products = await replaceCatalogue(catalogue, [
      neighbour,
      aProduct({ producer: { name: 'Antipode', place: '', ...antipode } }),
    ]);
    for (const sort of ['distance', 'price'] as const) {
      const query: ListQuery = { ...ANYTHING, sort, near, radiusKm: 5 };
      for (const segment of segmentsOf(fullListing(query), undefined))
        await expectRows(segment, expectedIds(products, query));
      expect(expectedIds(products, query)).toHaveLength(1);
    }
  });
});

const ANYTHING = anyProducts(100);

function fullListing(query: ListQuery): ProductListing {
  return toListing(toQuery({ ...query, limit: 100 }));
}

function idsOf(rows: readonly ProductRow[]): number[] {
  return rows.map(({ id }) => id);
}

function keyOf({ sort }: Segment, row: ProductRow): SortKeys {
  const { priceMinor, nameText, createdAtMs, chordSquared = NaN, id } = row;
  return [{ price: priceMinor, name: nameText, createdAt: createdAtMs, distance: chordSquared }[sort], id];
}
