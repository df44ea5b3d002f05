/** If Redis refuses commands or is too slow, health and log name the reason. */
import { Clock } from '@platform/resilience';
import { captureLogs } from '@testing/resilience';
import { Redis } from 'ioredis';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';
import { freePort } from '../../support/servers/servers';

interface RedisHealth {
  readonly status: string;
  readonly reason?: string;
}

let redis: PrivateRedis;
let admin: Redis;
let catalogue: TestCatalogue | undefined;
let lines: string[];

beforeAll(async () => {
  redis = await startPrivateRedis();
  admin = new Redis(redis.url);
});
beforeEach(async () => {
  await admin.flushall();
  lines = captureLogs();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await catalogue?.close();
  catalogue = undefined;
  await admin.config('SET', 'maxmemory', '0');
});
afterAll(async () => {
  admin.disconnect();
  await redis.remove();
});

async function start(url: string, commandTimeoutMs?: number): Promise<void> {
  const config = redisAt(url);
  catalogue = await startCatalogue(createSqlite, {
    redis: { ...config, commandTimeoutMs },
    cache: { isEnabled: true, ttlSeconds: 60 },
    rateLimit: { max: 1_000, webhookMax: 1_000, windowSeconds: 60 },
  });
}

const get = async (url: string) => (await catalogue!.app.inject({ url })).statusCode;

async function health(): Promise<RedisHealth> {
  const response = await catalogue!.app.inject({ url: '/health' });
  return response.json<{ details: { redis: RedisHealth } }>().details.redis;
}

const linesWith = (text: string) => lines.filter((line) => line.includes(text));

/** Creates a Redis user with all permissions except those that the rules revoke. */
const user = (name: string, ...rules: string[]) =>
  admin.call('ACL', 'SETUSER', name, 'on', '>word', '~*', '&*', '+@all', ...rules);

const asUser = (name: string) => redis.url.replace('redis://', `redis://${name}:word@`);

describe('Redis ACL', () => {
  it.each([
    ['may not run scripts', ['-eval', '-evalsha'], 'EVAL', 'NOPERM'],
    ['may not use channels', ['resetchannels'], 'SUBSCRIBE', 'NOPERM'],
    ['may not use a command that scripts need', ['-hset'], 'HSET', 'ERR'],
  ])(
    'Redis ACL: if the user %s, health is degraded, one line is logged, and no request fails',
    async (_, rules, command, code) => {
      await user('limited', ...rules);
      await start(asUser('limited'));
      const { reason } = await eventually(
        health,
        ({ status, reason }) => status === 'degraded' && reason !== undefined,
      );
      expect(reason).toMatch(
        new RegExp(
          `^it refuses (${command}|PUBLISH) \\((${code}|NOPERM)\\), which is needed on farmlokal:[0-9a-f]{16}:\\*$`,
        ),
      );
      for (const url of ['/products', '/products', '/categories']) expect(await get(url)).toBe(200);
      expect(linesWith('Redis refuses')).toHaveLength(1);
      expect(await metricOf(catalogue!, 'farmlokal_redis_available')).toBe(1);
    },
  );

  it('Redis login: a wrong password is reported as a refusal, not as a timeout', async () => {
    await user('known');
    await start(redis.url.replace('redis://', 'redis://known:wrong@'));
    const { reason } = await eventually(health, ({ reason }) => reason?.includes('refuses') === true);
    expect(reason).toMatch(/^it refuses .* \((WRONGPASS|NOAUTH|ERR)\)/);
  });
});

describe('Redis refusals at run time', () => {
  it('OOM: health is degraded while the memory of Redis is full', async () => {
    await start(redis.url);
    expect(await health()).toEqual({ status: 'up' });
    await admin.config('SET', 'maxmemory', '1');
    await get('/products');
    const { reason } = await eventually(health, ({ status }) => status === 'degraded');
    expect(reason).toContain('(OOM)');
  });

  it('stale-while-revalidate: while Redis refuses commands, a page is served until a change outdates it', async () => {
    await start(redis.url, 1_000); // stale pages require that Redis responds in time
    await eventually(health, ({ status }) => status === 'up');
    const statusOf = async () => String((await catalogue!.app.inject({ url: '/products' })).headers['cache-status']);
    await eventually(statusOf, (status) => status.includes('hit'));
    jest.spyOn(catalogue!.app.get(Clock), 'nowMs').mockReturnValue(Date.now() + 61_000);
    expect(await statusOf()).toContain('detail=stale-while-revalidate');
    await eventually(statusOf, (status) => !status.includes('stale'));
    jest.spyOn(catalogue!.app.get(Clock), 'nowMs').mockReturnValue(Date.now() + 130_000);
    await admin.config('SET', 'maxmemory', '1');
    await get('/categories'); // the service detects the refusal
    await eventually(health, ({ status }) => status === 'degraded');
    expect(await statusOf()).toContain('detail=stale-while-revalidate');
    await catalogue!.given(aProduct({ name: 'Announced in the change log' }));
    const { body } = await catalogue!.app.inject({ url: '/products' });
    expect(body).toContain('Announced in the change log');
  });
});

describe('read-only Redis', () => {
  afterEach(() => admin.replicaof('NO', 'ONE'));

  it('READONLY: health is degraded, with one log line despite reconnects', async () => {
    await start(redis.url);
    await eventually(health, ({ status }) => status === 'up');
    await admin.replicaof('127.0.0.1', String(await freePort()));
    await get('/products?limit=1'); // whose response is stored in Redis
    const { reason } = await eventually(health, ({ reason }) => reason?.includes('READONLY') === true);
    expect(reason).toContain('it refuses EVAL (READONLY)');
    for (const url of ['/products', '/categories']) expect(await get(url)).toBe(200);
    expect((await health()).status).toBe('degraded');
    expect(linesWith('Redis refuses')).toHaveLength(1);
    expect(linesWith('Redis is unavailable')).toEqual([]);
  });
});

describe('Redis maxmemory', () => {
  const WARNING = 'Redis has no maxmemory';

  it('maxmemory: one warning is logged if it is not set, also after a reconnect', async () => {
    await start(redis.url);
    await eventually(
      () => linesWith(WARNING).length,
      (count) => count > 0,
    );
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually(
      () => linesWith('Redis is available').length,
      (count) => count === 2,
    );
    expect(linesWith(WARNING)).toHaveLength(1);
  });

  it('maxmemory: no warning is logged if it is set or may not be read', async () => {
    await admin.config('SET', 'maxmemory', '100mb');
    await start(redis.url);
    await eventually(health, ({ status }) => status === 'up');
    await catalogue?.close();
    await admin.config('SET', 'maxmemory', '0');
    await user('blind', '-info', '-config');
    const consoleWarning = jest.spyOn(console, 'warn').mockReturnValue(undefined); // ioredis logs that it skips INFO
    await start(asUser('blind'));
    await eventually(health, ({ status }) => status === 'up');
    consoleWarning.mockRestore();
    expect(linesWith(WARNING)).toEqual([]);
  });
});
