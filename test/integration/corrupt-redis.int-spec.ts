/** Corrupt values in Redis, as other programs may write them: each use replaces them, and none blocks a feature. */
import { DatabaseIdentity } from '@platform/database';
import { RedisLeases, type RedisKeyOf } from '@platform/redis';
import { SharedTokens } from '@testing/auth';
import { parseConfig } from '@testing/config';
import { DedupCache } from '@testing/inbox';
import { LastKnownStocks } from '@testing/partner-sync';
import { RedisThrottlerStorage } from '@testing/rate-limit';
import { redisKeysOf } from '@testing/redis';
import { Redis } from 'ioredis';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';
import { eventually } from '../support/eventually';
import { startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';

const LEASE_MS = 450;
const DAY_MS = 86_400_000;
const PARTNER = {
  OAUTH_URL: 'https://login.example/token',
  OAUTH_CLIENT_ID: 'us',
  OAUTH_CLIENT_SECRET: 'a-secret',
  PARTNER_API_URL: 'https://api.example',
};

let redis: PrivateRedis;
let commands: Redis;
let catalogue: TestCatalogue;
let keyOf: RedisKeyOf;

beforeAll(async () => {
  redis = await startPrivateRedis();
  commands = new Redis(redis.url);
  const { partner, redis: config } = parseConfig({ NODE_ENV: 'test', REDIS_URL: redis.url, ...PARTNER }, () => '');
  catalogue = await startCatalogue(createSqlite, { partner, redis: config });
  keyOf = redisKeysOf(catalogue.app.get(DatabaseIdentity).namespace ?? '');
});
beforeEach(() => commands.flushall());
afterAll(async () => {
  await catalogue.close();
  commands.disconnect();
  await redis.remove();
});

describe('lease in Redis', () => {
  const name = (key: RedisKeyOf) => key('cache', 'lease', 1, 'test');
  const acquire = () => catalogue.app.get(RedisLeases).acquire(name, LEASE_MS);

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['of another type', (key) => commands.lpush(key, 'a list')],
    ['without an expiry', (key) => commands.set(key, 'nobody')],
    ['that lasts longer than a lease', (key) => commands.set(key, 'nobody', 'PX', 60_000)],
  ])('corrupt lease: a value %s is overwritten', async (_, corrupt) => {
    await corrupt(name(keyOf));
    expect(await acquire()).toBe(true);
    expect(await commands.pttl(name(keyOf))).toBeLessThanOrEqual(LEASE_MS);
  });

  it('lease: the lease of another process is not acquired, renewed or released', async () => {
    await commands.set(name(keyOf), 'another', 'PX', LEASE_MS);
    expect(await acquire()).toBe(false);
    await catalogue.app.get(RedisLeases).release(name);
    await catalogue.app.get(RedisLeases).renew(name, 60_000);
    expect(await commands.get(name(keyOf))).toBe('another');
    expect(await commands.pttl(name(keyOf))).toBeLessThanOrEqual(LEASE_MS);
  });
});

describe('shared token in Redis', () => {
  const shared = () => catalogue.app.get(SharedTokens, { strict: false });
  const put = async (id: string, fencingToken: number) => {
    const usableUntilMs = performance.now() + 60_000;
    return shared().put({ value: 'v', id, lifeSeconds: 60, fencingToken, usableUntilMs, refreshFromMs: usableUntilMs });
  };
  /** Returns the key of the shared token, and deletes it. */
  const keyOfToken = async () => {
    await put('first', await shared().nextFencingToken());
    const [key = ''] = await commands.keys('farmlokal:*:auth:token:*');
    await commands.del(key);
    return key;
  };

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['of another type', (key) => commands.set(key, 'text')],
    ['without an expiry', (key) => commands.hset(key, { fence: '9', id: 'x', sealed: 'y' })],
    ['whose fencing token is not a number', (key) => expiring(key, { fence: 'nan', id: 'x', sealed: 'y' })],
    ['whose fencing token is infinite', (key) => expiring(key, { fence: 'inf', id: 'x', sealed: 'y' })],
    ['whose fencing token is negative', (key) => expiring(key, { fence: '-1', id: 'x', sealed: 'y' })],
    ['whose fencing token is two days ahead', (key) => expiring(key, { fence: inMicroseconds(2 * DAY_MS), id: 'x' })],
    ['that expires in a year', (key) => expiring(key, { fence: '9', id: 'x', sealed: 'y' }, 365 * DAY_MS)],
    ['that cannot be decrypted', (key) => expiring(key, { fence: '9', id: 'x', sealed: 'garbage' })],
    ['that is empty', (key) => expiring(key, { other: 'field' })],
  ])('corrupt token: a token %s counts as missing and is replaced by the next', async (_, corrupt) => {
    const key = await keyOfToken();
    await corrupt(key);
    expect(await shared().find()).toBeUndefined();
    await shared().remove('x');
    await corrupt(key).catch(() => undefined);
    expect(await put('next', await shared().nextFencingToken())).toBe(true);
    expect(await shared().find()).toMatchObject({ id: 'next', value: 'v' });
  });

  it('fencing: a newer token is shared although the clock of Redis was set back by an hour', async () => {
    const ahead = Number(inMicroseconds(DAY_MS / 24));
    expect(await put('before the failover', ahead)).toBe(true);
    const fencingToken = await shared().nextFencingToken();
    expect(fencingToken).toBe(ahead + 1);
    expect(await put('after it', fencingToken)).toBe(true);
    expect(await shared().find()).toMatchObject({ id: 'after it' });
  });

  async function expiring(key: string, fields: Record<string, string>, leftMs = 60_000): Promise<void> {
    await commands.hset(key, fields);
    await commands.pexpire(key, leftMs);
  }

  function inMicroseconds(fromNowMs: number): string {
    return String((Date.now() + fromNowMs) * 1_000);
  }
});

describe('rate limit counter in Redis', () => {
  const client = 'default:10.0.0.1';
  const counter = () => keyOf('rate-limit', 'hits', 1, client);
  const count = () => catalogue.app.get(RedisThrottlerStorage, { strict: false }).increment(client, 60_000, 100);

  it.each<[string, () => Promise<unknown>]>([
    ['of another type', () => commands.lpush(counter(), 'a list')],
    ['that is not a number', () => commands.set(counter(), 'many', 'PX', 60_000)],
    ['without an expiry', () => commands.set(counter(), '7')],
    ['that lasts longer than a window', () => commands.set(counter(), '1000000', 'PX', DAY_MS)],
  ])('corrupt counter: a counter %s is replaced by a new window', async (_, corrupt) => {
    await corrupt();
    await count();
    await eventually(
      () => commands.get(counter()),
      (value) => value === '1',
    );
    expect(await commands.pttl(counter())).toBeGreaterThan(0);
    expect(await commands.pttl(counter())).toBeLessThanOrEqual(60_000);
  });
});

describe('known stocks and dedup cache in Redis', () => {
  it('corrupt value: a known stock and an event outcome of another type are overwritten', async () => {
    await commands.lpush(keyOf('products', 'known-stock', 1, '1'), 'a list');
    await commands.lpush(keyOf('webhook', 'ended', 1, 'evt-1'), 'a list');
    const known = { externalId: 'a', stock: 7, version: 1, asOfMs: Date.now() };
    catalogue.app.get(LastKnownStocks, { strict: false }).store(1, known);
    await catalogue.app.get(DedupCache, { strict: false }).put('evt-1', 'a'.repeat(64), 'DONE');
    await eventually(
      () => commands.keys('*'),
      (keys) => keys.length === 2,
    );
    expect(await catalogue.app.get(DedupCache, { strict: false }).find('evt-1', 'a'.repeat(64))).toBe('DONE');
    await eventually(
      () => commands.type(keyOf('products', 'known-stock', 1, '1')),
      (type) => type === 'string',
    );
  });

  it.each([
    ['of yesterday without an expiry', -DAY_MS],
    ['of tomorrow', DAY_MS],
  ])('stale stock: a stock %s is not used', async (_, fromNowMs) => {
    const known = { externalId: 'a', stock: 7, version: 1, asOfMs: Date.now() + fromNowMs };
    await commands.set(keyOf('products', 'known-stock', 1, '2'), JSON.stringify(known));
    expect(await catalogue.app.get(LastKnownStocks, { strict: false }).find(2)).toBeUndefined();
  });
});
