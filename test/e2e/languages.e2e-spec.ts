/** Products in many languages, and queries in various spellings and number formats. */
import { readProductData } from '@catalogue';
import fc from 'fast-check';
import request from 'supertest';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { contractDatabases } from '../support/databases';

interface Page {
  data: { name: string }[];
  pagination: { total: number; totalRelation: string };
}

let products = 0;
function product(data: Record<string, unknown>) {
  const read = readProductData(`product-${++products}`, { category: 'Fruit', price: 1, producer: 'Farm', ...data });
  if ('reasons' in read) throw new Error(read.reasons.join());
  return read.draft;
}

describe.each(contractDatabases)('GET /products in many languages on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  const get = (path: string) => request(catalogue.app.getHttpServer()).get(path);
  const page = async (query: string) => (await get(`/products?${query}`).expect(200)).body as Page;
  const namesFor = async (search: string) =>
    (await page(`search=${encodeURIComponent(search)}`)).data.map(({ name }) => name).sort();

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  it.each([
    ['सब्ज़ी', ['सब्जी']],
    ['गेहूँ', ['गेहूं']],
    ['आम ५ किलो', ['आम 5', '5 किलो']],
    ['Œufs de ferme', ['oeufs', 'œufs', 'OEUFS']],
    ['Smørrebrød', ['smorrebrod', 'SMØRREBRØD']],
    ['Łosoś i đậu', ['losos', 'dau', 'łosoś']],
    ['أَرُزّ', ['ارز', 'أرز', 'أرـــز']],
    ['آٹا', ['اٹا']],
    ['שָׁלוֹם', ['שלום']],
    ["Huile d'olive", ['olive', 'd’olive', "huile d'ol"]],
    ['Farmer’s Choice', ["farmer's", 'farmers']],
    ['Süßkartoffel', ['SÜẞKARTOFFEL', 'susskart', 'süßkartoffel']],
  ])('word folding: %s is found by each of its spellings', async (name, searches) => {
    await catalogue.given(product({ name }), product({ name: 'Other' }));
    for (const search of searches) expect([search, await namesFor(search)]).toEqual([search, [name]]);
  });

  it('categories: every listed slug can be queried and has the listed count', async () => {
    const named = ['SÜẞES', 'süßes', 'Œufs', 'सब्ज़ी', 'गेहूँ & ५', 'Łódź', 'أرز', 'ŉ', 'ﬁgs', 'Dairy & Eggs', 'ΟΔΟΣ'];
    const names = fc.sample(fc.string({ unit: 'grapheme', maxLength: 20 }), { numRuns: 150, seed: 7 });
    const usable = [...named, ...names].filter((name) => /[\p{L}\p{N}]/u.test(name) && !/[\p{Cc}\p{Cs}]/u.test(name));
    await catalogue.given(...usable.map((category) => product({ name: 'Tomato', category })));
    const { data } = (await get('/categories').expect(200)).body as { data: { slug: string; productCount: number }[] };
    expect(data.length).toBeGreaterThan(50);
    for (const { slug, productCount } of data) {
      const { pagination } = await page(`category=${encodeURIComponent(slug)}&count=exact`);
      expect([slug, pagination.total]).toEqual([slug, productCount]);
    }
    expect((await page(`category=${encodeURIComponent('SÜẞES,dairy & eggs')}`)).data).toHaveLength(3);
  });

  it.each(['0.3136111111111111,32.58', '-7.5e-05,1e-7', '+0.5, 32.5', '.5,32.', '1E1,3.2e+1', '-0,0'])(
    'near: %s finds products whose coordinates were given as numbers and as strings',
    async (near) => {
      const [latitude = NaN, longitude = NaN] = near.split(',').map(Number);
      const texts = { latitude: near.split(',')[0], longitude: near.split(',')[1] };
      await catalogue.given(
        product({ name: 'By number', producer: { name: 'A', latitude, longitude } }),
        product({ name: 'By text', producer: { name: 'B', ...texts } }),
        product({ name: 'Elsewhere', producer: { name: 'C', latitude: 50, longitude: 50 } }),
      );
      const { data } = await page(`near=${encodeURIComponent(near)}&radiusKm=0.1&sort=distance`);
      expect(data.map(({ name }) => name).sort()).toEqual(['By number', 'By text']);
    },
  );

  it('near: any coordinates are accepted as JavaScript prints them', async () => {
    const latitude = fc.double({ min: -90, max: 90, noNaN: true });
    const longitude = fc.double({ min: -180, max: 180, noNaN: true });
    const places = fc.sample(fc.tuple(latitude, longitude), { numRuns: 100, seed: 7 });
    for (const place of places) await page(`near=${place.join(',')}`);
  });

  it('empty parameters: the empty fields of a form count as absent', async () => {
    await catalogue.given(product({ name: 'Tomato' }), product({ name: 'Potato' }));
    const form =
      'search=&category=&minPrice=&maxPrice=&inStock=&near=&radiusKm=&sort=&order=&limit=&page=&cursor=&count=';
    expect((await page(form)).pagination.total).toBe(2);
    expect((await page('search=&search=tomato&category=,fruit,&limit=')).data).toMatchObject([{ name: 'Tomato' }]);
    const refused = await get('/products?sort=relevance&search=').expect(400);
    expect(refused.body).toMatchObject({ errors: [{ parameter: 'sort', code: 'needs-search' }] });
    await get('/products?serch=').expect(400);
  });
});
