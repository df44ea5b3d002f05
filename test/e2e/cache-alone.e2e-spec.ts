/** The response cache of processes that share a database and no Redis. */
import { Clock } from '@platform/resilience';
import request from 'supertest';
import { aProduct, startCatalogue } from '../support/catalogue';
import { createMysql } from '../support/databases';

it('cache TTL: without Redis, a change by another process is visible after CACHE_TTL_SECONDS', async () => {
  const database = await createMysql();
  const shared = { ...database, drop: () => Promise.resolve() };
  const settings = { cache: { isEnabled: true, ttlSeconds: 60 } };
  const reader = await startCatalogue(() => Promise.resolve(shared), settings);
  const writer = await startCatalogue(() => Promise.resolve(shared), settings);
  const page = async () => {
    const answer = await request(reader.app.getHttpServer()).get('/products?search=quince').expect(200);
    const { data } = answer.body as { data: unknown[] };
    return { products: data.length, status: answer.get('cache-status') };
  };
  expect(await page()).toEqual({ products: 0, status: 'FarmLokal; fwd=miss; stored' });
  await writer.given(aProduct({ name: 'Quince' }));
  expect(await page()).toMatchObject({ products: 0 });
  jest.spyOn(reader.app.get(Clock), 'nowMs').mockReturnValue(Date.now() + 61_000);
  expect(await page()).toEqual({ products: 1, status: 'FarmLokal; fwd=miss; stored' });
  await reader.close();
  await writer.close();
  await database.drop();
});
