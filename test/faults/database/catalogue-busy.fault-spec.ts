/** Plan fallback of GET /products: if an access path fails, another is used, or the response is a 503. */
import { PlannerStatisticsService } from '@testing/products';
import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createMysql, databases } from '../../support/databases';

const metricsOf = async ({ app }: TestCatalogue) =>
  (await request(app.getHttpServer()).get('/metrics').accept('text/plain').expect(200)).text;

describe.each(databases)('GET /products without a sort index on %s', (name, createDatabase) => {
  let catalogue: TestCatalogue;
  const dropIndex = 'DROP INDEX ix_products_price_minor_id';

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    await catalogue.given(aProduct({ name: 'Dear', priceMinor: 200 }), aProduct({ name: 'Cheap', priceMinor: 100 }));
    await catalogue.app.get(PlannerStatisticsService).refresh();
  });
  afterAll(() => catalogue.close());

  it('plan fallback: the list is read from the search index, and the read is counted', async () => {
    const list = () => request(catalogue.app.getHttpServer()).get('/products?sort=price&order=asc').expect(200);
    const before = ((await list()).body as { data: { name: string }[] }).data;
    expect(before.map((product) => product.name)).toEqual(['Cheap', 'Dear']);
    await catalogue.dataSource.query(name === 'MySQL' ? `${dropIndex} ON products` : dropIndex);
    expect(((await list()).body as { data: unknown }).data).toEqual(before);
    expect(await metricsOf(catalogue)).toMatch(
      /read_duration_seconds_count\{path="search-index",outcome="read"\} [1-9]/,
    );
  });
});

describe('GET /products if MySQL is too slow', () => {
  let catalogue: TestCatalogue;

  beforeAll(async () => {
    catalogue = await startCatalogue(createMysql);
    await catalogue.given(aProduct());
    await catalogue.app.get(PlannerStatisticsService).refresh();
  });
  afterAll(() => catalogue.close());

  it('plan fallback: two plans are tried, each with a time limit, then the response is 503 with Retry-After', async () => {
    const operator = catalogue.dataSource.createQueryRunner();
    await operator.query('LOCK TABLES products WRITE');
    const response = await request(catalogue.app.getHttpServer()).get('/products').expect(503);
    await operator.query('UNLOCK TABLES');
    await operator.release();
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect(response.body).toMatchObject({ code: 'catalogue-busy', status: 503 });
    const counted = await metricsOf(catalogue);
    expect(counted).toMatch(/plan_fallbacks_total\{path="\w[\w-]*"\} 1/);
    expect(counted.match(/read_duration_seconds_count\{path="[\w-]+",outcome="failed"\} 1/g)).toHaveLength(2);
    await request(catalogue.app.getHttpServer()).get('/products').expect(200);
  });
});
