import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { redisPolicy } from '../redis.policy';
import { FakeIdentity, FakeRedis, createRedisClient } from '../testing';
import type { RedisClient } from './redis.client';

const TIMEOUT_MS = redisPolicy.commandTimeoutMs;
const PROBE_EVERY_MS = redisPolicy.probeEveryMs;

describe('redis client', () => {
  useVirtualTime();
  let redis: FakeRedis;
  let client: RedisClient;
  let lines: string[];

  beforeEach(() => {
    lines = captureLogs();
    redis = new FakeRedis();
  });
  afterEach(() => {
    client.onApplicationShutdown();
    jest.restoreAllMocks();
  });

  it('start: completes as soon as Redis is available', async () => {
    await start();
    expect([client.isAvailable, client.problem]).toEqual([true, undefined]);
  });

  it.each<[string, () => void]>([
    ['cannot be reached', () => redis.cut()],
    ['does not respond', () => (redis.replyAfterMs = Infinity)],
  ])('start: waits one second, and continues if Redis %s', async (_, prepare) => {
    prepare();
    const started = jest.fn();
    const starting = start().then(started);
    await advance(redisPolicy.connectTimeoutMs - 1);
    expect(started).not.toHaveBeenCalled();
    await advance(1);
    await starting;
    expect(client.isAvailable).toBe(false);
  });

  it('start: does not wait while the namespace of the keys is unknown', async () => {
    await start({ identity: new FakeIdentity() });
    expect(client.isAvailable).toBe(false);
  });

  it('namespace: until it is known, Redis is unavailable and receives no key', async () => {
    await start({ identity: new FakeIdentity() });
    await advance(5 * PROBE_EVERY_MS);
    await expect(get(client)).rejects.toThrow('Redis is unavailable');
    expect(client.problem).toBe('its key namespace is unknown until the database is reached');
    expect(new Set(redis.received.map(({ name }) => name))).toEqual(new Set(['ping']));
  });

  it('namespace: as soon as it is known, Redis is available and keys contain it', async () => {
    const identity = new FakeIdentity();
    await start({ identity });
    await advance(0);
    expect(redis.count('ping')).toBe(1);
    identity.become('known');
    await advance(0);
    await get(client);
    expect(redis.received.at(-1)).toEqual({ name: 'get', args: ['farmlokal:known:cache:page:v1'] });
  });

  it('namespace: if it becomes known during a probe, Redis is available after the reply', async () => {
    const identity = new FakeIdentity();
    redis.replyAfterMs = TIMEOUT_MS - 1;
    await start({ identity });
    await advance(1);
    identity.become('known');
    await advance(3 * TIMEOUT_MS);
    expect(client.isAvailable).toBe(true);
  });

  it.each([0, 250, 500, 750, 999])(
    'probe: Redis is available within two seconds of its return, %i ms after a probe',
    async (ms) => {
      await startAndBecomeUnavailable();
      await advance(10 * PROBE_EVERY_MS + ms);
      expect(client.isAvailable).toBe(false);
      redis.replyAfterMs = 0;
      await advance(2_000);
      expect(client.isAvailable).toBe(true);
      await expect(get(client)).resolves.toBeNull();
    },
  );

  it('probe: only one is in flight, however long it takes', async () => {
    redis.replyAfterMs = Infinity;
    void start({ commandTimeoutMs: 5 * PROBE_EVERY_MS });
    await advance(4.5 * PROBE_EVERY_MS);
    expect(redis.count('ping')).toBe(1);
  });

  it('probe: Redis is used only after the command check too', async () => {
    await startAndBecomeUnavailable();
    redis.replyAfterMs = TIMEOUT_MS - 1;
    await advance(PROBE_EVERY_MS - TIMEOUT_MS); // the PING is sent
    redis.replyAfterMs = Infinity; // for the command check
    await advance(PROBE_EVERY_MS);
    expect(client.isAvailable).toBe(false);
  });

  it('probe: none is sent while Redis is available', async () => {
    await start();
    const sent = redis.received.length;
    await advance(60 * PROBE_EVERY_MS);
    expect(redis.received).toHaveLength(sent);
  });

  it('reconnect: Redis is available as soon as its connection is ready again', async () => {
    await start();
    redis.cut();
    await advance(300);
    redis.restore();
    await advance(0);
    expect(client.isAvailable).toBe(true);
  });

  it('listeners: are called whenever Redis becomes available, and never while it stays available', async () => {
    const listener = jest.fn();
    client = createRedisClient(redis);
    client.onAvailable(listener);
    await client.onModuleInit();
    expect(listener).toHaveBeenCalledTimes(1);
    await advance(5 * PROBE_EVERY_MS);
    await becomeUnavailable();
    redis.replyAfterMs = 0;
    await advance(5 * PROBE_EVERY_MS);
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it('slow: a reply after the timeout is reported with its time, the limit and the variable', async () => {
    await start();
    redis.replyAfterMs = 2 * TIMEOUT_MS;
    await becomeUnavailable();
    expect(client.problem).toBe(`slow: no reply within ${TIMEOUT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`);
    await advance(2 * PROBE_EVERY_MS);
    expect(client.problem).toBe(
      `slow: replied in ${2 * TIMEOUT_MS} ms, limit ${TIMEOUT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`,
    );
    expect(client.isAvailable).toBe(false);
  });

  it('slow: is logged once while it lasts', async () => {
    redis.replyAfterMs = 2 * TIMEOUT_MS;
    void start();
    await advance(10 * PROBE_EVERY_MS);
    redis.replyAfterMs = 3 * TIMEOUT_MS;
    await advance(10 * PROBE_EVERY_MS);
    expect(lines.filter((line) => line.includes('cannot be used: slow'))).toHaveLength(1);
  });

  it.each([
    [redisPolicy.probeTimeoutMs - 1, /^slow: replied in 899 ms/],
    [redisPolicy.probeTimeoutMs + 1, /^it does not respond$/],
  ])('unresponsive: a probe with a reply after %i ms is reported as %s', async (ms, problem) => {
    redis.replyAfterMs = ms;
    void start();
    await advance(10 * PROBE_EVERY_MS);
    expect(client.problem).toMatch(problem);
  });

  it('half-open connection: both connections are renewed after every third failed probe', async () => {
    await startAndBecomeUnavailable();
    const renewals = () => redis.connections.map((each) => each.renewals);
    await advance(redisPolicy.probesPerConnection * PROBE_EVERY_MS - 1);
    expect(renewals()).toEqual([0, 0]);
    await advance(PROBE_EVERY_MS);
    expect(renewals()).toEqual([1, 1]);
    await advance(redisPolicy.probesPerConnection * PROBE_EVERY_MS);
    expect(renewals()).toEqual([2, 2]);
  });

  it('half-open connection: a connection that is being established is not renewed', async () => {
    redis.cut();
    void start();
    await advance(20 * PROBE_EVERY_MS);
    expect(redis.connections.map((each) => each.renewals)).toEqual([0, 0]);
  });

  function start(settings?: Parameters<typeof createRedisClient>[1]): Promise<void> {
    client = createRedisClient(redis, settings);
    return client.onModuleInit();
  }

  async function startAndBecomeUnavailable(): Promise<void> {
    await start();
    redis.replyAfterMs = Infinity;
    await becomeUnavailable();
  }

  async function becomeUnavailable(): Promise<void> {
    if (redis.replyAfterMs === 0) redis.replyAfterMs = Infinity;
    const failed = expect(get(client)).rejects.toThrow();
    await advance(TIMEOUT_MS);
    await failed;
  }
});

function get(client: RedisClient): Promise<unknown> {
  return client.run((redis, keyOf) => redis.get(keyOf('cache', 'page', 1)));
}
