import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createProxiedMysql } from '../../support/servers/proxied-mysql';
import type { Proxy } from '../../support/servers/proxy';

describe('catalogue endpoints during a MySQL outage', () => {
  let catalogue: TestCatalogue;
  let proxy: Proxy;
  const get = (path: string) => request(catalogue.app.getHttpServer()).get(path);

  beforeAll(async () => {
    catalogue = await startCatalogue(async () => {
      const proxied = await createProxiedMysql();
      proxy = proxied.proxy;
      return proxied.database;
    });
    await catalogue.given(aProduct());
  });
  afterAll(async () => {
    await catalogue.close();
    proxy.close();
  });

  it('database outage: reads get 503 with Retry-After, and the service recovers by itself', async () => {
    await get('/products').expect(200);
    proxy.cut();
    for (const path of ['/products', '/products/1', '/categories', '/products?search=tomato&count=exact']) {
      const response = await get(path).expect(503).expect('retry-after', /^\d+$/);
      expect(response.body).toMatchObject({ code: 'catalogue-unavailable', status: 503 });
    }
    proxy.restore();
    await get('/products').expect(200);
  });
});
