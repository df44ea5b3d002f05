import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { contractDatabases } from '../support/databases';

interface Page {
  data: { id: number; name: string; producer: { id: number } }[];
  pagination: Record<'total' | 'totalPages' | 'page' | 'limit', number> & {
    nextCursor: string | null;
    previousCursor: string | null;
    totalRelation: string;
  };
}

const heirloomTomato = aProduct({
  externalId: 'heirloom-tomato',
  name: 'Heirloom Tomato',
  description: 'Product of Nashik',
  priceMinor: 12_950,
  createdAtMs: 2_000,
});

describe.each(contractDatabases)('GET /products on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  const get = (path: string) => request(catalogue.app.getHttpServer()).get(path);
  const page = async (path: string) => (await get(path).expect(200)).body as Page;
  const names = async (path: string) => (await page(path)).data.map(({ name }) => name);

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    await catalogue.given(
      aProduct({
        name: 'Alphonso Mango (हापुस आम)',
        category: 'fruits',
        priceMinor: 72_000,
        createdAtMs: 1_000,
        stock: 0,
      }),
      heirloomTomato,
      aProduct({
        name: 'Crème Fraîche',
        category: 'dairy',
        priceMinor: 9_900,
        createdAtMs: 3_000,
        producer: { name: 'Gokul Dairy', place: '', latitude: null, longitude: null },
      }),
      aProduct({
        name: 'Tomato Seedling',
        description: 'A product for gardens',
        priceMinor: 1_500,
        createdAtMs: 4_000,
      }),
      aProduct({ name: 'Basil', description: 'Goes with tomato', priceMinor: 2_000, createdAtMs: 5_000 }),
    );
  });
  afterAll(() => catalogue.close());

  it('default sort: the newest product is first, and products have the documented fields', async () => {
    const { data, pagination } = await page('/products');
    expect(data.map(({ name }) => name)).toEqual([
      'Basil',
      'Tomato Seedling',
      'Crème Fraîche',
      'Heirloom Tomato',
      'Alphonso Mango (हापुस आम)',
    ]);
    expect(data[3]).toEqual({
      id: expect.any(Number) as number,
      name: 'Heirloom Tomato',
      description: 'Product of Nashik',
      category: 'vegetables',
      price: 129.5,
      currency: 'INR',
      unit: 'kg',
      stock: 10,
      inStock: true,
      producer: { id: expect.any(Number) as number, name: 'Sahyadri Family Farm', latitude: 19.99, longitude: 73.78 },
      createdAt: '1970-01-01T00:00:02.000Z',
      updatedAt: '1970-01-01T00:00:02.000Z',
    });
    expect(pagination).toEqual({
      limit: 20,
      page: 1,
      total: 5,
      totalRelation: 'eq',
      totalPages: 1,
      nextCursor: null,
      previousCursor: null,
    });
  });

  it.each([
    ['/products?limit=2', ['Basil', 'Tomato Seedling']],
    ['/products?limit=2&page=2', ['Crème Fraîche', 'Heirloom Tomato']],
    ['/products?search=Product', ['Tomato Seedling', 'Heirloom Tomato']],
    ['/products?category=fruits', ['Alphonso Mango (हापुस आम)']],
    ['/products?category=FRUITS,dairy&category=fruits', ['Crème Fraîche', 'Alphonso Mango (हापुस आम)']],
    [
      '/products?sort=price&order=asc',
      ['Tomato Seedling', 'Basil', 'Crème Fraîche', 'Heirloom Tomato', 'Alphonso Mango (हापुस आम)'],
    ],
    ['/products?category=vegetables&sort=price&order=asc&limit=5', ['Tomato Seedling', 'Basil', 'Heirloom Tomato']],
    [
      '/products?sort=name',
      ['Alphonso Mango (हापुस आम)', 'Basil', 'Crème Fraîche', 'Heirloom Tomato', 'Tomato Seedling'],
    ],
    ['/products?sort=name&order=desc&limit=1', ['Tomato Seedling']],
    ['/products?minPrice=20&maxPrice=99', ['Basil', 'Crème Fraîche']],
    ['/products?inStock=false', ['Alphonso Mango (हापुस आम)']],
    ['/products?search=creme', ['Crème Fraîche']],
    ['/products?search=CR%C3%88ME+frai', ['Crème Fraîche']],
    [`/products?search=${encodeURIComponent('आम')}`, ['Alphonso Mango (हापुस आम)']],
    ['/products?search=omato', []],
    ['/products?page=1000', []],
  ])('filter and sort: %s returns the right products in the right order', async (path, expected) => {
    expect(await names(path)).toEqual(expected);
  });

  it('relevance: a match in the name ranks before a match in the description', async () => {
    expect(await names('/products?search=tomato')).toEqual(['Tomato Seedling', 'Heirloom Tomato', 'Basil']);
  });

  it('producerId: only products of the producer are returned', async () => {
    const [dairy] = (await page('/products?category=dairy')).data;
    expect(await names(`/products?producerId=${dairy?.producer.id}`)).toEqual(['Crème Fraîche']);
  });

  it('keyset pagination: cursors lead forward and back, and the Link header carries the next one', async () => {
    const first = await get('/products?sort=price&limit=2&page=1').expect(200);
    const { nextCursor } = (first.body as Page).pagination;
    expect(first.headers['link']).toBe(
      `</products?sort=price&limit=2&cursor=${nextCursor}>; rel="next", </products?sort=price&limit=2>; rel="first"`,
    );

    const second = await page(`/products?sort=price&limit=2&cursor=${nextCursor}`);
    expect(second.data.map(({ name }) => name)).toEqual(['Crème Fraîche', 'Heirloom Tomato']);
    expect(second.pagination.page).toBeNull();

    const back = await page(`/products?sort=price&limit=2&cursor=${second.pagination.previousCursor}`);
    expect(back.data).toEqual((first.body as Page).data);
  });

  it('keyset pagination: a page whose products were all deleted leads back to the previous page', async () => {
    const { pagination } = await page('/products?category=vegetables&sort=price&limit=2');
    await catalogue.remove('heirloom-tomato');
    const empty = await page(`/products?category=vegetables&sort=price&limit=2&cursor=${pagination.nextCursor}`);
    expect(empty.data).toEqual([]);

    const back = await page(
      `/products?category=vegetables&sort=price&limit=2&cursor=${empty.pagination.previousCursor}`,
    );
    expect(back.data.map(({ name }) => name)).toEqual(['Tomato Seedling', 'Basil']);
    await catalogue.given(heirloomTomato);
  });

  it('count: none omits the total, exact returns the exact one', async () => {
    expect((await page('/products?count=none')).pagination).toMatchObject({
      total: null,
      totalPages: null,
      totalRelation: null,
    });
    expect((await page('/products?count=exact&category=vegetables&limit=2')).pagination).toMatchObject({
      total: 3,
      totalPages: 2,
      totalRelation: 'eq',
    });
  });

  it('product by id: GET /products/{id} returns one product, or a 404 problem', async () => {
    const [basil] = (await page('/products?limit=1')).data;
    await get(`/products/${basil?.id}`).expect(200, basil);
    const missing = await get('/products/999999')
      .expect(404)
      .expect('content-type', /^application\/problem\+json/);
    expect(missing.body).toMatchObject({
      code: 'product-not-found',
      status: 404,
      type: '/problems/product-not-found',
      instance: missing.get('x-request-id'),
    });
  });

  it('categories: GET /categories lists each with its number of products', async () => {
    await get('/categories').expect(200, {
      data: [
        { slug: 'dairy', productCount: 1 },
        { slug: 'fruits', productCount: 1 },
        { slug: 'vegetables', productCount: 3 },
      ],
    });
  });

  it('index cache: a page of cached words takes two SQL statements, for the version and the rows', async () => {
    const address = '/products?search=tomato&category=vegetables&sort=price&count=exact';
    await page(address);
    const statements: string[] = [];
    const logger = jest
      .spyOn(catalogue.dataSource.logger, 'logQuery')
      .mockImplementation((statement) => void statements.push(statement));
    await page(address);
    logger.mockRestore();
    const ofThePage = statements.filter((statement) => !statement.includes('SELECT 1 AS one')); // database monitor
    expect(ofThePage).toHaveLength(2);
  });
});
