import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { RedisUnavailableError } from './redis-errors';
import type { RedisClient } from './redis.client';
import { redisPolicy } from './redis.policy';
import { createRedisClient, FakeRedis } from './testing';

const LIMIT_MS = redisPolicy.commandTimeoutMs;

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

  it('command timeout: an unanswered command fails after the limit, and Redis counts as lost', async () => {
    redis.answerAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    await advance(LIMIT_MS - 1);
    expect(client.isAvailable).toBe(true);
    await advance(1);
    await failed;
    expect(client.isAvailable).toBe(false);
  });

  it('command timeout: an answer within the limit is returned', async () => {
    redis.answerAfterMs = LIMIT_MS - 1;
    const answer = get(client);
    await advance(LIMIT_MS);
    await expect(answer).resolves.toBeNull();
    expect(client.isAvailable).toBe(true);
  });

  it('command timeout: the configured limit replaces the default', async () => {
    const patient = createRedisClient(redis, { commandTimeoutMs: 500 });
    await patient.onModuleInit();
    redis.answerAfterMs = 499;
    const answer = get(patient);
    await advance(500);
    await expect(answer).resolves.toBeNull();
    patient.onApplicationShutdown();
  });

  it('circuit breaker: while Redis is lost, commands fail at once and are not sent', async () => {
    await loseRedis();
    const sent = redis.count('get');
    for (let i = 0; i < 100; i++) await expectUnavailable(get(client));
    expect(redis.count('get')).toBe(sent);
  });

  it('circuit breaker: a black-holed Redis delays one command in a minute, and costs at most one probe a second', async () => {
    redis.answerAfterMs = Infinity;
    const durationsMs: number[] = [];
    const measure = async () => {
      const startedMs = performance.now();
      await get(client).catch(() => durationsMs.push(performance.now() - startedMs));
    };
    for (let second = 0; second < 60; second++) {
      void measure();
      await advance(1_000);
    }
    expect(durationsMs).toEqual([LIMIT_MS, ...Array.from({ length: 59 }, () => 0)]);
    expect(redis.count('ping')).toBeGreaterThan(50);
    expect(redis.count('ping')).toBeLessThanOrEqual(1 + 60); // the first one was answered
  });

  it('closed connection: Redis counts as lost at once, and commands that are waiting fail', async () => {
    redis.answerAfterMs = Infinity;
    const waiting = expectUnavailable(get(client));
    redis.cut();
    expect(client.isAvailable).toBe(false);
    await waiting;
  });

  it('closed connection: without a subscription connection, commands are still carried out', async () => {
    redis.isReachable = false;
    redis.connections[1]!.drop();
    await expect(get(client)).resolves.toBeNull();
    expect(client.isAvailable).toBe(true);
  });

  it('no repetition: a command that failed with its connection is not sent again', async () => {
    redis.answerAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    redis.cut();
    await failed;
    redis.answerAfterMs = 0;
    redis.restore();
    await advance(5_000);
    expect(client.isAvailable).toBe(true);
    expect(redis.received.filter(({ name, args }) => name === 'get' && args[0] === KEY)).toHaveLength(1);
  });

  it('late answer: an answer or a refusal after the time-out changes nothing', async () => {
    redis.answerAfterMs = LIMIT_MS + 20;
    const answeredLate = expectUnavailable(get(client));
    redis.refusals.set('get', 'OOM command not allowed');
    const refusedLate = expectUnavailable(get(client));
    await advance(LIMIT_MS);
    await Promise.all([answeredLate, refusedLate]);
    await advance(20);
    expect(client.problem).toBe(`slow: no answer within ${LIMIT_MS} ms (REDIS_COMMAND_TIMEOUT_MS)`);
    expect(client.isAvailable).toBe(false);
  });

  it('metrics: availability and unanswered commands are reported', async () => {
    expect(await registry.metrics()).toContain('farmlokal_redis_available 1');
    await loseRedis();
    await expectUnavailable(get(client)); // was not sent, so it does not count
    const metrics = await registry.metrics();
    expect(metrics).toContain('farmlokal_redis_available 0');
    expect(metrics).toContain('farmlokal_redis_failures_total{kind="unanswered"} 1');
  });

  it('shutdown: connections end, no timer is left, and nothing more is sent', async () => {
    client.onApplicationShutdown();
    const sent = redis.received.length;
    await advance(10_000);
    expect(redis.connections.map(({ status }) => status)).toEqual(['end', 'end']);
    expect(redis.received).toHaveLength(sent);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('shutdown: is not logged or reported as the loss of Redis', async () => {
    client.onApplicationShutdown();
    expect(await registry.metrics()).toContain('farmlokal_redis_available 1');
    expect(lines).toEqual([expect.stringContaining('Redis is there')]);
  });

  async function loseRedis(): Promise<void> {
    redis.answerAfterMs = Infinity;
    const failed = expectUnavailable(get(client));
    await advance(LIMIT_MS);
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
