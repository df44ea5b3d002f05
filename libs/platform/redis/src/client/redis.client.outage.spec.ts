import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { redisPolicy } from '../redis.policy';
import { FakeRedis, createRedisClient } from '../testing';
import { RedisUnavailableError } from './redis-errors';
import type { RedisClient } from './redis.client';

const TIMEOUT_MS = redisPolicy.commandTimeoutMs;

describe('redis client', () => {
  useVirtualTime();
  let redis: FakeRedis;
  let client: RedisClient;
  let registry: Registry;
  let lines: string[];

  beforeEach(async () => {
    lines = captureLogs();
    redis = new FakeRedis();
    registry = new Registry();
    client = createRedisClient(redis, { registry });
    await client.onModuleInit();
  });
  afterEach(() => {
    client.onApplicationShutdown();
    jest.restoreAllMocks();
  });

  it('command timeout: a command without a reply fails after the timeout, and Redis is unavailable', async () => {
    redis.replyAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    await advance(TIMEOUT_MS - 1);
    expect(client.isAvailable).toBe(true);
    await advance(1);
    await failed;
    expect(client.isAvailable).toBe(false);
  });

  it('command timeout: a reply within the timeout is returned', async () => {
    redis.replyAfterMs = TIMEOUT_MS - 1;
    const reply = get(client);
    await advance(TIMEOUT_MS);
    await expect(reply).resolves.toBeNull();
    expect(client.isAvailable).toBe(true);
  });

  it('command timeout: the configured timeout replaces the default', async () => {
    const patient = createRedisClient(redis, { commandTimeoutMs: 500 });
    await patient.onModuleInit();
    redis.replyAfterMs = 499;
    const reply = get(patient);
    await advance(500);
    await expect(reply).resolves.toBeNull();
    patient.onApplicationShutdown();
  });

  it('circuit breaker: while Redis is unavailable, commands fail at once and are not sent', async () => {
    await makeRedisUnavailable();
    const sent = redis.count('get');
    for (let i = 0; i < 100; i++) await expectUnavailable(get(client));
    expect(redis.count('get')).toBe(sent);
  });

  it('circuit breaker: a black-holed Redis delays one command a minute, and causes at most one probe a second', async () => {
    redis.replyAfterMs = Infinity;
    const durationsMs: number[] = [];
    const measure = async () => {
      const startedMs = performance.now();
      await get(client).catch(() => durationsMs.push(performance.now() - startedMs));
    };
    for (let second = 0; second < 60; second++) {
      void measure();
      await advance(1_000);
    }
    expect(durationsMs).toEqual([TIMEOUT_MS, ...Array.from({ length: 59 }, () => 0)]);
    expect(redis.count('ping')).toBeGreaterThan(50);
    expect(redis.count('ping')).toBeLessThanOrEqual(1 + 60); // the first one got a reply
  });

  it('closed connection: Redis is unavailable at once, and pending commands fail', async () => {
    redis.replyAfterMs = Infinity;
    const waiting = expectUnavailable(get(client));
    redis.cut();
    expect(client.isAvailable).toBe(false);
    await waiting;
  });

  it('closed connection: without a subscription connection, commands are still executed', async () => {
    redis.isReachable = false;
    redis.connections[1]!.drop();
    await expect(get(client)).resolves.toBeNull();
    expect(client.isAvailable).toBe(true);
  });

  it('no retries: a command that failed with its connection is not sent again', async () => {
    redis.replyAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    redis.cut();
    await failed;
    redis.replyAfterMs = 0;
    redis.restore();
    await advance(5_000);
    expect(client.isAvailable).toBe(true);
    expect(redis.received.filter(({ name, args }) => name === 'get' && args[0] === KEY)).toHaveLength(1);
  });

  it('late reply: a reply or a refusal after the timeout is ignored', async () => {
    redis.replyAfterMs = TIMEOUT_MS + 20;
    const repliedLate = expectUnavailable(get(client));
    redis.refusals.set('get', 'OOM command not allowed');
    const refusedLate = expectUnavailable(get(client));
    await advance(TIMEOUT_MS);
    await Promise.all([repliedLate, refusedLate]);
    await advance(20);
    expect(client.problem).toBe(`slow: no reply within ${TIMEOUT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`);
    expect(client.isAvailable).toBe(false);
  });

  it('metrics: availability and commands without a reply are reported', async () => {
    expect(await registry.metrics()).toContain('farmlokal_redis_available 1');
    await makeRedisUnavailable();
    await expectUnavailable(get(client)); // not sent, so not counted
    const metrics = await registry.metrics();
    expect(metrics).toContain('farmlokal_redis_available 0');
    expect(metrics).toContain('farmlokal_redis_failures_total{kind="unanswered"} 1');
  });

  it('shutdown: connections are closed, no timer is left, and no command is sent', async () => {
    client.onApplicationShutdown();
    const sent = redis.received.length;
    await advance(10_000);
    expect(redis.connections.map(({ status }) => status)).toEqual(['end', 'end']);
    expect(redis.received).toHaveLength(sent);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('shutdown: is not logged or reported as an unavailable Redis', async () => {
    client.onApplicationShutdown();
    expect(await registry.metrics()).toContain('farmlokal_redis_available 1');
    expect(lines).toEqual([expect.stringContaining('Redis is available')]);
  });

  async function makeRedisUnavailable(): Promise<void> {
    redis.replyAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    await advance(TIMEOUT_MS);
    await failed;
  }
});

const KEY = 'farmlokal:test:cache:page:v1';

function get(client: RedisClient): Promise<unknown> {
  return client.run((redis, keyOf) => redis.get(keyOf('cache', 'page', 1)));
}

function expectUnavailable(command: Promise<unknown>): Promise<void> {
  return expect(command).rejects.toThrow(RedisUnavailableError);
}
