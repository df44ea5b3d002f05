/** The response cache of two processes that share a real Redis. */
import { Clock } from '@platform/resilience';
import { ProductsService } from '@testing/products';
import { Redis } from 'ioredis';
import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import type { TestDatabase } from '../support/databases';
import { eventually } from '../support/eventually';
import { metricOf } from '../support/metrics';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';
import { createProxiedMysql } from '../support/servers/proxied-mysql';
import type { Proxy } from '../support/servers/proxy';

let redis: PrivateRedis;
let database: TestDatabase;
let proxy: Proxy;
let first: TestCatalogue;
let second: TestCatalogue;
let commands: Redis;

beforeAll(async () => {
  redis = await startPrivateRedis();
  commands = new Redis(redis.url);
  ({ database, proxy } = await createProxiedMysql());
  const settings = { cache: { isEnabled: true, ttlSeconds: 60 }, redis: redisAt(redis.url) };
  const shared = { ...database, drop: () => Promise.resolve() };
  first = await startCatalogue(() => Promise.resolve(shared), settings);
  second = await startCatalogue(() => Promise.resolve(shared), settings);
  await first.given(aProduct({ externalId: 'a', name: 'Apple' }), aProduct({ name: 'Banana', category: 'fruits' }));
});
afterAll(async () => {
  await first.close();
  await second.close();
  proxy.close();
  await database.drop();
  commands.disconnect();
  redis.resume();
  await redis.kill();
});
afterEach(() => jest.restoreAllMocks());

const get = (path: string, { app }: TestCatalogue = first) => request(app.getHttpServer()).get(path);
const statusOf = async (path: string, of = first) => (await get(path, of).expect(200)).get('cache-status') ?? '';
const loads = (of: TestCatalogue) => jest.spyOn(of.app.get(ProductsService), 'list');
const inSeconds = (seconds: number) => {
  const later = Date.now() + seconds * 1_000;
  for (const { app } of [first, second]) jest.spyOn(app.get(Clock), 'nowMs').mockReturnValue(later);
};

describe('response cache', () => {
  it('Cache-Status: a page loaded by one process is a hit in both, with equal headers', async () => {
    const loaded = await get('/products?limit=7').expect(200);
    expect(loaded.get('cache-status')).toBe('FarmLokal; fwd=miss; stored');
    const again = await get('/products?limit=7').expect(200);
    expect(again.get('cache-status')).toMatch(/^FarmLokal; hit; ttl=\d+$/);
    const elsewhere = await eventually(
      () => get('/products?limit=7', second).expect(200),
      (response) => response.get('cache-status')?.includes('hit') === true,
    );
    for (const header of ['etag', 'link', 'content-type', 'content-length', 'vary', 'cache-control']) {
      expect(again.get(header)).toBe(loaded.get(header));
      expect(elsewhere.get(header)).toBe(loaded.get(header));
    }
    expect(elsewhere.body).toEqual(loaded.body);
  });

  it.each([
    ['/products?limit=5&category=fruits,vegetables', '/products?category=Vegetables&category=FRUITS&limit=5'],
    ['/products?sort=createdAt&order=desc&limit=20&count=estimated&page=1', '/products'],
    ['/products?search=T%C3%B6mato%20APPLE', '/products?search=apple+tomato&sort=relevance'],
    ['/products?minPrice=1.50', '/products?minPrice=1.5'],
    ['/products/1', '/products/0001'],
  ])('cache key: %s and %s share one entry', async (one, other) => {
    await get(one).expect(200);
    expect(await statusOf(other)).toMatch(/; hit;/);
  });

  it('ETag: If-None-Match gets a 304 from the cache, without the database', async () => {
    const { headers } = await get('/products?limit=9').expect(200);
    proxy.cut();
    const again = await get('/products?limit=9').set('if-none-match', headers['etag'] ?? '');
    proxy.restore();
    expect(again.status).toBe(304);
    expect(again.get('etag')).toBe(headers['etag']);
    expect(again.get('cache-status')).toMatch(/hit/);
  });

  it('content negotiation: Accept-Encoding selects br, gzip or identity', async () => {
    await first.given(...Array.from({ length: 30 }, () => aProduct()));
    const [br, gzip, plain] = await Promise.all(
      ['br', 'gzip', 'identity'].map((coding) => get('/products?limit=30').set('accept-encoding', coding).expect(200)),
    );
    expect([br, gzip, plain].map((response) => response?.get('content-encoding'))).toEqual(['br', 'gzip', undefined]);
    expect(gzip?.body).toEqual(plain?.body);
  });

  it('error responses: a 404 is not stored, so that each request reads the catalogue', async () => {
    const finds = jest.spyOn(first.app.get(ProductsService), 'get');
    for (let times = 0; times < 3; times++) await get('/products/999999').expect(404);
    expect(finds).toHaveBeenCalledTimes(3);
  });
});

describe('cache invalidation', () => {
  it('invalidation: a change is visible at once in its process, and long before the TTL in the other', async () => {
    await get('/products?search=cherry').expect(200);
    await get('/products?search=cherry', second).expect(200);
    await first.given(aProduct({ name: 'Cherry' }));
    const found = async (of: TestCatalogue) =>
      ((await get('/products?search=cherry', of)).body as { data: unknown[] }).data.length;
    expect(await found(first)).toBe(1);
    await eventually(
      () => found(second),
      (count) => count === 1,
    );
  });
});

describe('concurrent cache misses', () => {
  it('single flight: 500 concurrent clients of two processes cause one load', async () => {
    const counts = [loads(first), loads(second)];
    const statuses = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        first.app.inject({ url: '/products?search=banana' }).then(async (own) => {
          const other = at % 2 === 0 ? await second.app.inject({ url: '/products?search=banana' }) : own;
          return [own.statusCode, other.statusCode];
        }),
      ),
    );
    expect(new Set(statuses.flat())).toEqual(new Set([200]));
    expect(counts.reduce((sum, spy) => sum + spy.mock.calls.length, 0)).toBe(1);
  });
});

describe('stale responses', () => {
  it('stale-while-revalidate: an expired page is served and marked while one load refreshes it', async () => {
    await get('/products?limit=11').expect(200);
    inSeconds(90);
    const count = loads(first);
    const old = await get('/products?limit=11').expect(200);
    expect(old.get('cache-status')).toMatch(/^FarmLokal; hit; ttl=-\d+; detail=stale-while-revalidate$/);
    expect(Number(old.get('age'))).toBeGreaterThanOrEqual(89);
    await eventually(
      () => statusOf('/products?limit=11'),
      (status) => /ttl=\d/.test(status),
    );
    expect(count).toHaveBeenCalledTimes(1);
  });

  it('stale-if-error: during a database outage, cached pages are served and marked, others get 503', async () => {
    await get('/products?limit=12').expect(200);
    await first.given(aProduct());
    proxy.cut();
    const outdated = await get('/products?limit=12').expect(200);
    expect(outdated.get('cache-status')).toMatch(/fwd=stale; fwd-status=503; ttl=-?\d+; detail=stale-if-error/);
    expect(outdated.get('age')).toMatch(/^\d+$/);
    expect(outdated.get('cache-control')).toBe('public, max-age=0');
    await get('/products?limit=13').expect(503).expect('retry-after', /^\d+$/);
    await redis.kill();
    await get('/products?limit=12').expect(200);
    await get('/products?limit=13').expect(503);
    await redis.restart();
    proxy.restore();
    await eventually(
      () => statusOf('/products?limit=12'),
      (status) => /hit; ttl=\d/.test(status),
    );
  });
});

describe('response cache with a faulty Redis', () => {
  beforeEach(() =>
    eventually(
      () => metric('farmlokal_redis_available'),
      (value) => value === 1,
    ),
  );
  afterEach(async () => {
    redis.resume();
    await commands.config('SET', 'maxmemory', '0').catch(() => undefined);
    await eventually(
      () => metric('farmlokal_redis_available'),
      (value) => value === 1,
    );
  });
  let pages = 100;
  const requestNewPage = async () => {
    pages += 1;
    return first.app.inject({ url: `/products?limit=20&maxPrice=${pages}` });
  };
  const metric = (name: string) => metricOf(first, name);

  it('Redis timeout: if Redis hangs, reads succeed, and the first timeouts mark it as unavailable', async () => {
    const unanswered = () => metric('farmlokal_redis_failures_total{kind="unanswered"}');
    const before = await unanswered();
    redis.pause();
    const responses = [];
    for (let i = 0; i < 20; i++) responses.push(await requestNewPage());
    expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
    const waited = (await unanswered()) - before;
    expect(waited).toBeGreaterThanOrEqual(1);
    expect(waited).toBeLessThanOrEqual(3); // a lookup, a rate limit count and a stored page, not one timeout per read
    expect(await metric('farmlokal_redis_available')).toBe(0);
  });

  it('Redis outage: reads succeed while Redis is killed, and pages are shared again after its restart', async () => {
    await redis.kill();
    for (let i = 0; i < 10; i++) expect((await requestNewPage()).statusCode).toBe(200);
    expect(await metric('farmlokal_redis_available')).toBe(0);
    await redis.restart();
    await eventually(
      () => metric('farmlokal_redis_available'),
      (value) => value === 1,
    );
    await get('/products?limit=14').expect(200);
    await eventually(
      () => statusOf('/products?limit=14', second),
      (status) => status.includes('hit'),
    );
  });

  it('Redis errors: reads succeed if its memory is full, or a value is corrupt or of another type', async () => {
    await commands.config('SET', 'maxmemory', '1');
    expect((await requestNewPage()).statusCode).toBe(200);
    await commands.config('SET', 'maxmemory', '0');
    await get('/products?limit=15').expect(200);
    const [key = ''] = await eventually(
      () => commands.keys('farmlokal:*:cache:response:*'),
      (keys) => keys.length > 0,
    );
    for (const each of await commands.keys('farmlokal:*:cache:response:*'))
      await commands.set(each, '{"value":"{\\"forms\\":{}}"}');
    expect((await get('/products?limit=15', second)).status).toBe(200);
    await commands.del(key);
    await commands.lpush(key, 'a list');
    expect((await get('/products?limit=15', second)).status).toBe(200);
  });
});
