/** Rate limits of one process, with and without Redis. Several processes: test/faults/shared-limits.fault-spec.ts. */
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig, ConfigModule, type AppSettings } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { createFastifyAdapter, HttpModule } from '@platform/http';
import { createLogger, MetricsModule } from '@platform/observability';
import { LimitedBy, RateLimitModule } from '@platform/rate-limit';
import { RedisModule } from '@platform/redis';
import { ResilienceModule } from '@platform/resilience';
import { LOOPBACK, startCatalogue, testConfig, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';

const limitOf = (max: number) => ({ max, webhookMax: 4, windowSeconds: 60 });

interface RequestSpec {
  readonly url?: string;
  readonly from?: string;
  readonly forwarded?: string;
}

const send = ({ app }: { app: NestFastifyApplication }, { url = '/categories', from, forwarded }: RequestSpec = {}) =>
  app.inject({
    url,
    ...(from !== undefined && { remoteAddress: from }),
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  });

async function statuses(count: number, of: { app: NestFastifyApplication }, spec?: RequestSpec): Promise<number[]> {
  const codes = [];
  for (let i = 0; i < count; i++) codes.push((await send(of, spec)).statusCode);
  return codes;
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
    const responses = [await send(catalogue), await send(catalogue), await send(catalogue, { url: '/nothing' })];
    expect(responses.map(({ headers }) => headers['ratelimit'])).toEqual([
      '"default";r=2;t=60',
      '"default";r=1;t=60',
      '"default";r=0;t=60',
    ]);
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 404]);
    const refused = await send(catalogue);
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

  it('IPv6 /48: the shared limit also applies on the fast path for cached pages', async () => {
    const http = { ...LOOPBACK, trustedProxies: ['127.0.0.1'] };
    await start({ rateLimit: limitOf(10), http });
    await catalogue.app.listen(0, '127.0.0.1');
    const { port } = catalogue.app.getHttpServer().address() as AddressInfo;
    const read = async (at: number) => {
      const headers = { 'x-forwarded-for': `2001:db8:9:${at.toString(16)}::1` };
      return (await fetch(`http://127.0.0.1:${port}/categories`, { headers })).status;
    };
    const codes = [];
    for (let at = 0; at < 101; at++) codes.push(await read(at));
    expect(codes).toEqual([...Array.from({ length: 100 }, () => 200), 429]);
  });
});

describe('rate limit in one process', () => {
  let catalogue: TestCatalogue;
  const start = async (settings: Partial<AppSettings>) => {
    catalogue = await startCatalogue(createSqlite, settings);
  };
  afterEach(() => catalogue.close());

  it('ReDoS: redacting the URL of a refused request for the access log does not block the process', async () => {
    await start({ rateLimit: limitOf(1) });
    const hostile = `/products?${'?'.repeat(4_000)}${'jwt'.repeat(1_330)}`;
    const codes = Promise.all([1, 2, 3].map(() => send(catalogue, { url: hostile }).then((each) => each.statusCode)));
    expect(await Promise.race([codes, delay(5_000, 'too late')])).toEqual([400, 429, 429]);
  });

  it('API documentation: /docs and /openapi.json count against the limit and get 429 beyond it', async () => {
    await start({ rateLimit: limitOf(3) });
    for (const url of ['/docs', '/docs/swagger-ui.css', '/openapi.json'])
      expect(await send(catalogue, { url })).toMatchObject({
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
      const refused = await send(catalogue, { url });
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
    expect((await send({ app }, { url: '/hook' })).headers['ratelimit-policy']).toBe('"webhook";q=4;w=60');
  });
});
