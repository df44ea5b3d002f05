import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import type { RedisClient } from './redis.client';
import { redisPolicy } from './redis.policy';
import { createRedisClient, FakeIdentity, FakeRedis } from './testing';

const LIMIT_MS = redisPolicy.commandTimeoutMs;
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

  it('start: is over as soon as Redis is found', async () => {
    await start();
    expect([client.isAvailable, client.problem]).toEqual([true, undefined]);
  });

  it.each<[string, () => void]>([
    ['cannot be reached', () => redis.cut()],
    ['does not answer', () => (redis.answerAfterMs = Infinity)],
  ])('start: waits one second, and goes on if Redis %s', async (_, prepare) => {
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

  it('namespace: until it is known, Redis is unavailable and sees no key', async () => {
    await start({ identity: new FakeIdentity() });
    await advance(5 * PROBE_EVERY_MS);
    await expect(get(client)).rejects.toThrow('Redis is not there');
    expect(client.problem).toBe('its keys are not known before the database has been reached');
    expect(new Set(redis.received.map(({ name }) => name))).toEqual(new Set(['ping']));
  });

  it('namespace: as soon as it is known, Redis is found and keys begin with it', async () => {
    const identity = new FakeIdentity();
    await start({ identity });
    await advance(0);
    expect(redis.count('ping')).toBe(1);
    identity.become('known');
    await advance(0);
    await get(client);
    expect(redis.received.at(-1)).toEqual({ name: 'get', args: ['farmlokal:known:cache:page:v1'] });
  });

  it('namespace: if it becomes known during a probe, Redis is found with the answer', async () => {
    const identity = new FakeIdentity();
    redis.answerAfterMs = LIMIT_MS - 1;
    await start({ identity });
    await advance(1);
    identity.become('known');
    await advance(3 * LIMIT_MS);
    expect(client.isAvailable).toBe(true);
  });

  it.each([0, 250, 500, 750, 999])(
    'probe: Redis is found within two seconds of its return, %i ms after a probe',
    async (ms) => {
      await startAndLose();
      await advance(10 * PROBE_EVERY_MS + ms);
      expect(client.isAvailable).toBe(false);
      redis.answerAfterMs = 0;
      await advance(2_000);
      expect(client.isAvailable).toBe(true);
      await expect(get(client)).resolves.toBeNull();
    },
  );

  it('probe: only one is in progress, however long it may take', async () => {
    redis.answerAfterMs = Infinity;
    void start({ commandTimeoutMs: 5 * PROBE_EVERY_MS });
    await advance(4.5 * PROBE_EVERY_MS);
    expect(redis.count('ping')).toBe(1);
  });

  it('probe: Redis is used only after a trial of commands was answered too', async () => {
    await startAndLose();
    redis.answerAfterMs = LIMIT_MS - 1;
    await advance(PROBE_EVERY_MS - LIMIT_MS); // the PING is sent
    redis.answerAfterMs = Infinity; // for what follows it
    await advance(PROBE_EVERY_MS);
    expect(client.isAvailable).toBe(false);
  });

  it('probe: none is sent while Redis is available', async () => {
    await start();
    const sent = redis.received.length;
    await advance(60 * PROBE_EVERY_MS);
    expect(redis.received).toHaveLength(sent);
  });

  it('reconnection: Redis is found as soon as its connection is ready again', async () => {
    await start();
    redis.cut();
    await advance(300);
    redis.restore();
    await advance(0);
    expect(client.isAvailable).toBe(true);
  });

  it('listeners: are called whenever Redis is found, and never while it stays available', async () => {
    const found = jest.fn();
    client = createRedisClient(redis);
    client.onAvailable(found);
    await client.onModuleInit();
    expect(found).toHaveBeenCalledTimes(1);
    await advance(5 * PROBE_EVERY_MS);
    await lose();
    redis.answerAfterMs = 0;
    await advance(5 * PROBE_EVERY_MS);
    expect(found).toHaveBeenCalledTimes(2);
  });

  it('slow: a probe answered after the limit names the time, the limit and its variable', async () => {
    await start();
    redis.answerAfterMs = 2 * LIMIT_MS;
    await lose();
    expect(client.problem).toBe(`slow: no answer within ${LIMIT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`);
    await advance(2 * PROBE_EVERY_MS);
    expect(client.problem).toBe(
      `slow: answered in ${2 * LIMIT_MS} ms, limit ${LIMIT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`,
    );
    expect(client.isAvailable).toBe(false);
  });

  it('slow: is logged once while it lasts', async () => {
    redis.answerAfterMs = 2 * LIMIT_MS;
    void start();
    await advance(10 * PROBE_EVERY_MS);
    redis.answerAfterMs = 3 * LIMIT_MS;
    await advance(10 * PROBE_EVERY_MS);
    expect(lines.filter((line) => line.includes('cannot be used: slow'))).toHaveLength(1);
  });

  it.each([
    [redisPolicy.probeTimeoutMs - 1, /^slow: answered in 899 ms/],
    [redisPolicy.probeTimeoutMs + 1, /^it does not answer$/],
  ])('silent: a probe answered after %i ms is reported as %s', async (ms, problem) => {
    redis.answerAfterMs = ms;
    void start();
    await advance(10 * PROBE_EVERY_MS);
    expect(client.problem).toMatch(problem);
  });

  it('half-open connection: both connections are renewed after every third unanswered probe', async () => {
    await startAndLose();
    const renewals = () => redis.connections.map((each) => each.renewals);
    await advance(redisPolicy.probesPerConnection * PROBE_EVERY_MS - 1);
    expect(renewals()).toEqual([0, 0]);
    await advance(PROBE_EVERY_MS);
    expect(renewals()).toEqual([1, 1]);
    await advance(redisPolicy.probesPerConnection * PROBE_EVERY_MS);
    expect(renewals()).toEqual([2, 2]);
  });

  it('half-open connection: a connection that is being made is left alone', async () => {
    redis.cut();
    void start();
    await advance(20 * PROBE_EVERY_MS);
    expect(redis.connections.map((each) => each.renewals)).toEqual([0, 0]);
  });

  function start(settings?: Parameters<typeof createRedisClient>[1]): Promise<void> {
    client = createRedisClient(redis, settings);
    return client.onModuleInit();
  }

  async function startAndLose(): Promise<void> {
    await start();
    redis.answerAfterMs = Infinity;
    await lose();
  }

  async function lose(): Promise<void> {
    if (redis.answerAfterMs === 0) redis.answerAfterMs = Infinity;
    const failed = expect(get(client)).rejects.toThrow();
    await advance(LIMIT_MS);
    await failed;
  }
});

function get(client: RedisClient): Promise<unknown> {
  return client.run((redis, keyOf) => redis.get(keyOf('cache', 'page', 1)));
}
