/** Producer positions are cached in memory, and every response reflects all committed changes. */
import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';

const FARM = { name: 'Sahyadri Family Farm', place: 'Nashik' };
const NASHIK = { latitude: 19.9975, longitude: 73.7898 };
const ANAND = { latitude: 22.5645, longitude: 72.9289 };

interface Page {
  readonly data: readonly { readonly name: string; readonly distanceKm: number }[];
}

describe.each(databases)('GET /products near a position on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  const near = async ({ latitude, longitude }: typeof NASHIK, more = '') => {
    const path = `/products?near=${latitude},${longitude}&sort=distance${more}`;
    return ((await request(catalogue.app.getHttpServer()).get(path).expect(200)).body as Page).data;
  };
  const namesNear = async (place: typeof NASHIK, more = '') => (await near(place, more)).map(({ name }) => name);
  const versions = () => catalogue.dataSource.query<unknown[]>('SELECT block, version FROM producer_block');

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  it('invalidation: a new producer is found at once', async () => {
    expect(await near(NASHIK)).toEqual([]);
    await catalogue.given(aProduct({ name: 'Grapes', producer: { ...FARM, ...NASHIK } }));
    expect(await near(NASHIK)).toMatchObject([{ name: 'Grapes', distanceKm: 0 }]);
  });

  it('invalidation: a moved producer is found only at its new position', async () => {
    await catalogue.given(aProduct({ name: 'Grapes', producer: { ...FARM, ...NASHIK } }));
    expect(await namesNear(NASHIK)).toEqual(['Grapes']);
    await catalogue.given(aProduct({ name: 'Milk', producer: { ...FARM, ...ANAND } }));
    expect(await namesNear(NASHIK)).toEqual([]);
    expect((await namesNear(ANAND)).toSorted()).toEqual(['Grapes', 'Milk']);
  });

  it('position cache: a product of an unmoved producer invalidates no position', async () => {
    await catalogue.given(aProduct({ producer: { ...FARM, ...NASHIK } }));
    const before = await versions();
    expect(before).toHaveLength(1);
    await catalogue.given(
      aProduct({ producer: { ...FARM, ...NASHIK } }),
      aProduct({ producer: { ...FARM, latitude: null, longitude: null } }),
    );
    expect(await versions()).toEqual(before);
  });

  it('keyset pagination: sort=distance continues by cursor, nearest first or farthest first', async () => {
    const at = (km: number) => ({ latitude: NASHIK.latitude + km / 111.19, longitude: NASHIK.longitude });
    await catalogue.given(
      ...[3, 1, 2, 90].map((km) =>
        aProduct({ name: `${km} km`, producer: { ...FARM, name: `Farm ${km}`, ...at(km) } }),
      ),
    );
    const pageThrough = async (order: string) => {
      const names: string[] = [];
      const firstPath = `/products?near=19.9975,73.7898&radiusKm=10&sort=distance&order=${order}&limit=1`;
      for (let path: string | undefined = firstPath; path !== undefined;) {
        const response = await request(catalogue.app.getHttpServer()).get(path).expect(200);
        const { data, pagination } = response.body as Page & { pagination: { nextCursor: string | null } };
        names.push(...data.map(({ name }) => name));
        path = pagination.nextCursor === null ? undefined : `${firstPath}&cursor=${pagination.nextCursor}`;
      }
      return names;
    };
    expect(await pageThrough('asc')).toEqual(['1 km', '2 km', '3 km']);
    expect(await pageThrough('desc')).toEqual(['3 km', '2 km', '1 km']);
  });
});
