/** Rate limits in one process, in processes that share Redis, and while Redis is lost. */
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LimitedBy, RateLimitModule } from '@platform/rate-limit';
import { AppConfig, ConfigModule, type AppSettings } from '@platform/config';
import { createFastifyAdapter, HttpModule } from '@platform/http';
import { createLogger, MetricsModule } from '@platform/observability';
import { DatabaseModule } from '@platform/database';
import { RedisModule } from '@platform/redis';
import { Clock, ResilienceModule } from '@platform/resilience';
import { Redis } from 'ioredis';
import { LOOPBACK, startCatalogue, testConfig, type TestCatalogue } from '../support/catalogue';
import { createSqlite, type TestDatabase } from '../support/databases';
import { metricOf } from '../support/metrics';
import { eventually } from '../support/eventually';
import { type PrivateRedis, redisAt, startPrivateRedis } from '../support/private-redis';

const limitOf = (max: number) => ({ max, webhookMax: 4, windowSeconds: 60 });

interface Ask {
  readonly url?: string;
  readonly from?: string;
  readonly forwarded?: string;
}

const ask = ({ app }: { app: NestFastifyApplication }, { url = '/categories', from, forwarded }: Ask = {}) =>
  app.inject({
    url,
    ...(from !== undefined && { remoteAddress: from }),
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  });

async function statuses(count: number, of: { app: NestFastifyApplication }, asked?: Ask): Promise<number[]> {
  const found = [];
  for (let i = 0; i < count; i++) found.push((await ask(of, asked)).statusCode);
  return found;
}

describe.each([
  ['with Redis', true],
  ['without Redis', false],
])('rate limit %s', (_, hasRedis) => {
  let redis: PrivateRedis | undefined;
  let catalogue: TestCatalogue;
  const start = async (settings: Partial<AppSettings>) => {
    const shared = redis && { redis: redisAt(redis.url) };
    const cache = { isEnabled: true, ttlSeconds: 60 };
    catalogue = await startCatalogue(createSqlite, { cache, ...shared, ...settings });
  };
  beforeEach(async () => {
    if (hasRedis) redis = await startPrivateRedis();
  });
  afterEach(async () => {
    await catalogue.close();
    await redis?.kill();
  });

  it('RateLimit headers: the remaining requests are counted down, then a 429 carries Retry-After', async () => {
    await start({ rateLimit: limitOf(3) });
    const answers = [await ask(catalogue), await ask(catalogue), await ask(catalogue, { url: '/nothing' })];
    expect(answers.map(({ headers }) => headers['ratelimit'])).toEqual([
      '"default";r=2;t=60',
      '"default";r=1;t=60',
      '"default";r=0;t=60',
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 404]);
    const refused = await ask(catalogue);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': '"default";q=3;w=60',
      ratelimit: '"default";r=0;t=60',
      'retry-after': '60',
      'cache-control': 'no-store',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    expect(refused.json()).toMatchObject({ code: 'too-many-requests', status: 429 });
  });

  it('ReDoS: redacting the URL of a refused request for the access log does not block the process', async () => {
    await start({ rateLimit: limitOf(1) });
    const hostile = `/products?${'?'.repeat(4_000)}${'jwt'.repeat(1_330)}`;
    const asked = Promise.all([1, 2, 3].map(() => ask(catalogue, { url: hostile }).then((each) => each.statusCode)));
    expect(await Promise.race([asked, delay(5_000, 'too late')])).toEqual([400, 429, 429]);
  });

  it('window: the next one admits requests again, independent of the wall clock', async () => {
    await start({ rateLimit: { ...limitOf(1), windowSeconds: 1 } });
    jest.spyOn(catalogue.app.get(Clock), 'nowMs').mockReturnValue(0);
    expect(await statuses(2, catalogue)).toEqual([200, 429]);
    await delay(1_100);
    expect(await statuses(2, catalogue)).toEqual([200, 429]);
  });

  it('IPv6 /64: a network is one client, as are an IPv4 address and its IPv4-mapped form', async () => {
    await start({ rateLimit: limitOf(2) });
    const from = (address: string) => statuses(1, catalogue, { from: address });
    expect([await from('203.0.113.7'), await from('::ffff:203.0.113.7'), await from('203.0.113.7')].flat()).toEqual([
      200, 200, 429,
    ]);
    expect([await from('2001:db8::1'), await from('2001:db8::2:3'), await from('2001:db8::4')].flat()).toEqual([
      200, 200, 429,
    ]);
    expect(await from('2001:db8:0:1::1')).toEqual([200]);
  });

  it('IPv6 /48: all its /64 networks share ten limits', async () => {
    await start({ rateLimit: limitOf(2) });
    const from = (network: number) => ({ from: `2001:db8:7:${network.toString(16)}::1` });
    const found = [];
    for (let network = 0; network < 10; network++) found.push(...(await statuses(3, catalogue, from(network))));
    expect(found).toEqual(Array.from({ length: 10 }, () => [200, 200, 429]).flat());
    const refused = await ask(catalogue, from(65_535));
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': '"default";q=20;w=60',
      ratelimit: '"default";r=0;t=60',
    });
    expect(refused.json()).toMatchObject({ detail: 'At most 20 requests in 60 s are answered' });
    expect(await statuses(1, catalogue, { from: '2001:db8:8::1' })).toEqual([200]);
  });

  it('IPv6 /48: the shared limit also holds on the fast path of cached pages', async () => {
    const http = { ...LOOPBACK, trustedProxies: ['127.0.0.1'] };
    await start({ rateLimit: limitOf(10), http });
    await catalogue.app.listen(0, '127.0.0.1');
    const { port } = catalogue.app.getHttpServer().address() as AddressInfo;
    const read = async (at: number) => {
      const headers = { 'x-forwarded-for': `2001:db8:9:${at.toString(16)}::1` };
      return (await fetch(`http://127.0.0.1:${port}/categories`, { headers })).status;
    };
    const found = [];
    for (let at = 0; at < 101; at++) found.push(await read(at));
    expect(found).toEqual([...Array.from({ length: 100 }, () => 200), 429]);
  });

  it('API documentation: /docs and /openapi.json count against the limit and get 429 beyond it', async () => {
    await start({ rateLimit: limitOf(3) });
    for (const url of ['/docs', '/docs/swagger-ui.css', '/openapi.json'])
      expect(await ask(catalogue, { url })).toMatchObject({
        statusCode: 200,
        headers: { 'ratelimit-policy': '"default";q=3;w=60' },
      });
    for (const url of [
      '/docs',
      '/docs/swagger-ui.css',
      '/docs/package.json',
      '/openapi.json',
      '/docs/swagger-ui-init.js',
    ]) {
      const refused = await ask(catalogue, { url });
      expect(refused.statusCode).toBe(429);
      expect(refused.headers).toMatchObject({ 'retry-after': '60', ratelimit: '"default";r=0;t=60' });
      expect(refused.json()).toMatchObject({ code: 'too-many-requests' });
    }
  });

  it('X-Forwarded-For: a forged address is ignored if no proxy is trusted', async () => {
    await start({ rateLimit: limitOf(2) });
    const forged = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((forwarded) => statuses(1, catalogue, { forwarded }));
    expect((await Promise.all(forged)).flat().sort()).toEqual([200, 200, 429]);
  });

  it('limit of 0: no RateLimit header is sent', async () => {
    await start({ rateLimit: limitOf(0) });
    const answer = await ask(catalogue);
    expect(answer.headers['ratelimit']).toBeUndefined();
  });
});

describe('rate limit shared by three processes', () => {
  let redis: PrivateRedis;
  let database: TestDatabase;
  let all: TestCatalogue[];
  const LIMIT = 30;

  beforeEach(async () => {
    redis = await startPrivateRedis();
    const settings = {
      redis: redisAt(redis.url),
      rateLimit: limitOf(LIMIT),
      cache: { isEnabled: true, ttlSeconds: 60 },
    };
    database = await createSqlite();
    const shared = { ...database, drop: () => Promise.resolve() };
    all = [];
    for (let at = 0; at < 3; at++) all.push(await startCatalogue(() => Promise.resolve(shared), settings));
  });
  afterEach(async () => {
    await Promise.all(all.map((each) => each.close()));
    await database.drop();
    await redis.kill();
  });
  const burst = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => ask(all[at % 3]!).then(({ statusCode }) => statusCode)));
  const admitted = (found: number[]) => found.filter((status) => status === 200).length;

  it('shared limit: the processes together admit the limit, and at most one more request each', async () => {
    const count = admitted(await burst(120));
    expect(count).toBeGreaterThanOrEqual(LIMIT);
    expect(count).toBeLessThanOrEqual(LIMIT + all.length);
    expect(admitted(await burst(30))).toBe(0);
  });

  it('shared limit: 500 clients are counted separately, and every Redis key expires', async () => {
    const clients = Array.from({ length: 500 }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
    const found = await Promise.all(clients.map((from, at) => ask(all[at % 3]!, { from })));
    expect(new Set(found.map(({ headers }) => headers['ratelimit']))).toEqual(
      new Set([`"default";r=${LIMIT - 1};t=60`]),
    );
    const commands = new Redis(redis.url);
    const keys = await commands.keys('farmlokal:*:rate-limit:*');
    const ends = await Promise.all(keys.map((key) => commands.pttl(key)));
    commands.disconnect();
    expect(keys).toHaveLength(clients.length);
    expect(Math.min(...ends)).toBeGreaterThan(0);
  });

  it('shared limit: counts survive a change of the wall clock, and the processes agree on the remaining', async () => {
    expect(admitted(await burst(15))).toBe(15);
    for (const { app } of all) jest.spyOn(app.get(Clock), 'nowMs').mockReturnValue(Date.now() + 86_400_000);
    await delay(200); // by then what they heard of each other is too old to be relied on
    const answers = await Promise.all(all.map((each) => ask(each)));
    const left = answers.map(({ headers }) => Number(/r=(\d+)/.exec(String(headers['ratelimit']))?.[1]));
    expect(left.toSorted((a, b) => a - b)).toEqual([12, 13, 14]);
  });

  it('Redis outage: within a window, each process continues from the last known count', async () => {
    expect(admitted(await burst(21))).toBe(21);
    await redis.kill();
    const more = admitted(await burst(300));
    expect(more).toBeLessThanOrEqual(all.length * (LIMIT - 7));
    expect(admitted(await burst(30))).toBe(0);
  });
});

@Controller()
class WebhookLikeController {
  @Get('hook') @LimitedBy('webhook') receive(): string {
    return 'ok';
  }
  @Get('alive') @LimitedBy('nothing') live(): string {
    return 'ok';
  }
  @Get('page') page(): string {
    return 'ok';
  }
}

@Module({})
class SmallModule {}

describe('rate limit policy', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const config: AppConfig = testConfig({ kind: 'sqlite', file: ':memory:' }, { rateLimit: limitOf(2) });
    const imports = [
      ConfigModule.with(config),
      ResilienceModule,
      MetricsModule,
      DatabaseModule.with(),
      RedisModule,
      RateLimitModule,
      HttpModule.explaining(),
    ];
    const module = { module: SmallModule, controllers: [WebhookLikeController], imports };
    app = await NestFactory.create<NestFastifyApplication>(module, createFastifyAdapter(createLogger(config), config), {
      logger: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  it('rate limit policy: a route may have a limit of its own or none, apart from the other routes', async () => {
    expect(await statuses(5, { app }, { url: '/hook' })).toEqual([200, 200, 200, 200, 429]);
    expect(await statuses(5, { app }, { url: '/alive' })).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(3, { app }, { url: '/page' })).toEqual([200, 200, 429]);
    expect((await ask({ app }, { url: '/hook' })).headers['ratelimit-policy']).toBe('"webhook";q=4;w=60');
  });
});

it('Redis timeout: a start waits for an unresponsive Redis only for a bounded time', async () => {
  const redis = await startPrivateRedis();
  redis.pause();
  const catalogue = await startCatalogue(createSqlite, { redis: redisAt(redis.url), rateLimit: limitOf(5) });
  expect((await ask(catalogue)).statusCode).toBe(200);
  redis.resume();
  await eventually(
    () => metricOf(catalogue, 'farmlokal_redis_available'),
    (value) => value === 1,
  );
  await catalogue.close();
  await redis.kill();
});
