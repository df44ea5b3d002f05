import { RedisLeases, type RedisClient } from '@platform/redis';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import type { CachedToken } from '../access-token';
import { ClientSecret } from '../request/client-secret.reader';
import { partnerConfig } from '../testing';
import { SharedTokens } from './shared-tokens.repository';

type Settings = Parameters<typeof partnerConfig>[0];

const key = (byte: number) => Buffer.alloc(32, byte);
const token = (): CachedToken => ({
  value: 'the-token',
  id: 'id-1',
  lifeSeconds: 100,
  fencingToken: 7,
  usableUntilMs: performance.now() + 90_000,
  refreshFromMs: performance.now() + 80_000,
});

/** The Lua scripts run on a real Redis in test/integration/corrupt-redis.int-spec.ts. */
describe('shared tokens in Redis', () => {
  useVirtualTime();

  it('secrecy: neither the token nor the secret is sent to Redis', async () => {
    const { shared, redis } = setUp();
    expect(await shared.put(token())).toBe(true);
    const sent = JSON.stringify(redis.calls);
    expect(sent).toContain('id-1');
    expect(['the-token', 'not-a-secret'].filter((text) => sent.includes(text))).toEqual([]);
  });

  it('round trip: another replica finds the token with its remaining lifetime', async () => {
    const { redis, shared, other } = setUp();
    await shared.put(token());
    redis.store(60_000);
    const found = { value: 'the-token', id: 'id-1', lifeSeconds: 100, fencingToken: 7 };
    expect(await other().find()).toEqual({ ...found, usableUntilMs: 60_000, refreshFromMs: 50_000 });
  });

  it.each<[string, Settings, Settings]>([
    ['derived from the same client secret', {}, {}],
    ['an older key of the ring', { cacheKeys: [key(1)] }, { cacheKeys: [key(2), key(1)] }],
  ])('key ring: a token is read with a key that is %s', async (_, writer, reader) => {
    const { redis, shared, other } = setUp(writer);
    await shared.put(token());
    redis.store(60_000);
    expect(await other(reader).find()).toMatchObject({ value: 'the-token' });
  });

  it.each<[string, Settings]>([
    ['another client secret', { clientSecret: 'another' }],
    ['another key ring', { cacheKeys: [key(2)] }],
    ['another scope', { scope: 'write' }],
  ])('key ring: a token is not read with %s', async (_, reader) => {
    const { redis, shared, other } = setUp();
    await shared.put(token());
    redis.store(60_000);
    expect(await other(reader).find()).toBeUndefined();
  });

  it.each([
    ['fencing token', 0, '8'],
    ['id', 1, 'id-2'],
  ])('associated data: a token with a changed %s is not read', async (_, at, value) => {
    const { redis, shared, other } = setUp();
    await shared.put(token());
    redis.store(60_000);
    redis.stored[at] = value;
    expect(await other().find()).toBeUndefined();
  });

  it('cache key: tokens and leases of different parameters have different Redis keys', async () => {
    const { redis, shared, other } = setUp();
    for (const each of [shared, other({ scope: 'write' }), other({ audience: 'stock' })]) {
      await each.remove('id-1');
      await each.acquireLease();
    }
    expect(new Set(redis.calls.map(({ name }) => name)).size).toBe(6);
  });

  it('expiry: an expired token is not shared', async () => {
    const { redis, shared } = setUp();
    const ending = token();
    await advance(90_000);
    expect([await shared.put(ending), redis.calls]).toEqual([false, []]);
  });

  it('expiry: a shared token expires when it can no longer be used', async () => {
    const { redis, shared } = setUp();
    const ending = token();
    await advance(10_000);
    await shared.put(ending);
    expect(redis.calls[0]?.args.at(-1)).toBe(80_000);
  });

  it('Redis down: no method throws, and each returns the same as with an empty store', async () => {
    const { redis, shared } = setUp();
    redis.isAvailable = false;
    const results = [
      await shared.find(),
      await shared.put(token()),
      await shared.nextFencingToken(),
      await shared.acquireLease(),
    ];
    expect(results).toEqual([undefined, false, 0, 'unavailable']);
    const settled = await Promise.allSettled([shared.remove('id-1'), shared.renewLease(), shared.releaseLease()]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('lease: `acquired` if it was free, `held` if another replica holds it', async () => {
    const { redis, shared } = setUp();
    const granted = await shared.acquireLease();
    redis.response = 0;
    expect([granted, await shared.acquireLease()]).toEqual(['acquired', 'held']);
  });

  it.each([
    [30, 450],
    [1_000, 3_000],
  ])('lease: with a command timeout of %i ms, it is acquired and renewed for %i ms', async (timeoutMs, leaseMs) => {
    const { redis, shared } = setUp({}, timeoutMs);
    await shared.acquireLease();
    await shared.renewLease();
    expect(redis.calls.map(({ args }) => args.at(-1))).toEqual([leaseMs, leaseMs]);
  });
});

/** Returns a prepared response to each script and records its arguments. */
class ScriptedRedis {
  readonly calls: { readonly name: string; readonly args: readonly (string | number)[] }[] = [];
  isAvailable = true;
  response: unknown = 1;
  stored: (string | number)[] = [];

  /** Makes the next `find` return the token of the last `put`. */
  store(leftMs: number): void {
    const [fencingToken, id, sealed] = this.calls.at(-1)!.args;
    this.stored = [String(fencingToken), String(id), String(sealed), leftMs];
    this.response = this.stored;
  }

  runScript(...[, key, args]: Parameters<RedisClient['runScript']>): Promise<unknown> {
    this.calls.push({ name: key((...parts) => parts.join(':')), args });
    return this.isAvailable ? Promise.resolve(this.response) : Promise.reject(new Error('Redis is down'));
  }
}

function setUp(settings: Settings = {}, commandTimeoutMs = 30) {
  const redis = new ScriptedRedis();
  const client = redis as unknown as RedisClient;
  const other = (oauth: Settings = {}) => {
    const config = partnerConfig(oauth, commandTimeoutMs);
    const clock = new TestClock();
    return new SharedTokens(config, client, new RedisLeases(client), new ClientSecret(config, clock), clock);
  };
  return { redis, shared: other(settings), other };
}
