/** Distances are bitwise equal in the database, in memory and in the keys of a cursor. */
import { DemoCatalogueService } from '@catalogue';
import { ProductsService } from '@testing/products';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';
import { toQuery } from '../../support/list-queries';
import { isThorough } from '../../support/runs';

const ROWS = isThorough ? 20_000 : 5_000;
const FARMS = isThorough ? 60 : 30;

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** SQLite once parsed a literal coordinate of this position's unit vector as the neighbouring double. */
const MISREAD: Place = { latitude: 11.5215, longitude: 75.9711 };

describe.each(databases)('sort=distance on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let places: Place[];

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    const request = { rows: ROWS, signal: new AbortController().signal, onProgress: () => undefined };
    await catalogue.app.get(DemoCatalogueService).fill(request);
    const farms = await catalogue.dataSource.query<Place[]>(
      `SELECT latitude, longitude FROM producers WHERE id <= ${FARMS}`,
    );
    places = farms.map(({ latitude, longitude }, at) => ({ latitude, longitude: longitude + at / 991 }));
  });
  afterAll(() => catalogue.close());

  const list = ({ latitude, longitude }: Place, cursor?: string) => {
    const near = { latitude, longitude };
    const query = { near, radiusKm: 60, sort: 'distance', order: 'asc', category: [], limit: 100 } as const;
    return catalogue.app
      .get(ProductsService, { strict: false })
      .list(Object.assign(toQuery({ ...NOTHING, ...query, category: [] }, cursor), { count: 'exact' }));
  };

  it('keyset pagination: every product in the radius is returned once, nearest first', async () => {
    let found = 0;
    for (const place of [MISREAD, ...places]) {
      const distances = new Map<number, number>();
      const { total } = (await list(place)).pagination;
      for (let cursor: string | null | undefined; cursor !== null;) {
        const { data, pagination } = await list(place, cursor);
        for (const { id, distanceKm = NaN } of data) {
          expect(distances.has(id)).toBe(false);
          distances.set(id, distanceKm);
        }
        cursor = pagination.nextCursor;
      }
      const inOrder = [...distances.values()];
      expect({ ...place, found: distances.size }).toEqual({ ...place, found: total });
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
      found += distances.size;
    }
    expect(found).toBeGreaterThan(ROWS / 2);
  });
});

const NOTHING = { search: undefined, minPrice: undefined, maxPrice: undefined, inStock: undefined };
