import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { RedisUnavailableError } from './client/redis-errors';
import type { RedisClient } from './client/redis.client';
import type { RedisKeyOf } from './redis-keys';
import { RedisLeases } from './redis-leases.service';
import { createRedisClient, FakeRedis } from './testing';

const LEASE_MS = 450;
const KEY = 'farmlokal:test:cache:lease:v1:page';
const keyOfLease = (keyOf: RedisKeyOf) => keyOf('cache', 'lease', 1, 'page');

describe('leases', () => {
  useVirtualTime();
  let redis: FakeRedis;
  let client: RedisClient;
  let leases: RedisLeases;

  beforeEach(async () => {
    captureLogs();
    redis = new FakeRedis();
    client = createRedisClient(redis);
    await client.onModuleInit();
    leases = new RedisLeases(client);
  });
  afterEach(() => {
    client.onApplicationShutdown();
    jest.restoreAllMocks();
  });

  it.each([
    [1, true],
    [0, false],
  ])('acquire: the reply %i of Redis means %s', async (reply, isAcquired) => {
    redis.scriptReply = reply;
    expect(await leases.acquire(keyOfLease, LEASE_MS)).toBe(isAcquired);
  });

  it('acquire: fails while Redis is unavailable, so that callers can decide', async () => {
    redis.cut();
    await expect(leases.acquire(keyOfLease, LEASE_MS)).rejects.toThrow(RedisUnavailableError);
  });

  it('renew and release: do nothing while Redis is unavailable, refuses or does not respond', async () => {
    redis.refusals.set('evalsha', 'NOPERM no permissions');
    await leases.renew(keyOfLease, LEASE_MS);
    await leases.release(keyOfLease);
    redis.replyAfterMs = Infinity;
    const ended = Promise.all([leases.renew(keyOfLease, LEASE_MS), leases.release(keyOfLease)]);
    await advance(1_000);
    await ended;
    await leases.renew(keyOfLease, LEASE_MS);
    await leases.release(keyOfLease);
    expect(client.isAvailable).toBe(false);
  });

  it('owner: a process acquires, renews and releases as the same owner, another process as another owner', async () => {
    await leases.acquire(keyOfLease, LEASE_MS);
    await leases.renew(keyOfLease, LEASE_MS);
    await leases.release(keyOfLease);
    await new RedisLeases(client).acquire(keyOfLease, LEASE_MS);
    const sent = redis.received.filter(({ args }) => args[0] === KEY).map(({ args }) => args);
    const owner = sent[0]?.[1];
    expect(sent).toEqual([
      [KEY, owner, LEASE_MS],
      [KEY, owner, LEASE_MS],
      [KEY, owner],
      [KEY, expect.not.stringMatching(String(owner)), LEASE_MS],
    ]);
  });
});
