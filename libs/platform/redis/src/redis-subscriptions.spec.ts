import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import type { RedisClient } from './client/redis.client';
import { redisPolicy } from './redis.policy';
import { createRedisClient, FakeIdentity, FakeRedis } from './testing';

const CHANNEL = 'farmlokal:test:cache:changed:v1';

describe('subscriptions', () => {
  useVirtualTime();
  let redis: FakeRedis;
  let client: RedisClient;
  let listener: jest.Mock;

  beforeEach(() => {
    captureLogs();
    redis = new FakeRedis();
    listener = jest.fn();
  });
  afterEach(() => {
    client.onApplicationShutdown();
    jest.restoreAllMocks();
  });

  it('subscribe: the listener runs after SUBSCRIBE, because earlier messages are lost', async () => {
    await startSubscribed();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(redis.count('subscribe')).toBe(1);
  });

  it('message: the listener runs for each message of its own channel only', async () => {
    await startSubscribed();
    const other = jest.fn();
    client.subscribe((keyOf) => keyOf('cache', 'other', 1), other);
    await advance(0);
    await publish();
    await publish();
    expect([listener.mock.calls.length, other.mock.calls.length]).toEqual([1 + 2, 1]);
  });

  it('message: commands and subscriptions have separate connections', async () => {
    await startSubscribed();
    const [commands, subscriber] = redis.connections;
    commands!.emit('message', CHANNEL, '');
    expect(listener).toHaveBeenCalledTimes(1);
    subscriber!.emit('message', CHANNEL, '');
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it('reconnect: the subscription is renewed, and the listener runs once for lost messages', async () => {
    await startSubscribed();
    redis.cut();
    await advance(5_000);
    expect(listener).toHaveBeenCalledTimes(1);
    redis.restore();
    await advance(0);
    expect(listener).toHaveBeenCalledTimes(2);
    await publish();
    expect(listener).toHaveBeenCalledTimes(3);
    expect(redis.count('subscribe')).toBe(2);
  });

  it('refused: degrades health, and is retried every second until it is permitted', async () => {
    redis.refusals.set('subscribe', 'NOPERM no permissions');
    await startSubscribed();
    expect(client.problem).toContain('it refuses SUBSCRIBE (NOPERM)');
    await advance(3 * redisPolicy.probeEveryMs);
    expect(redis.count('subscribe')).toBe(1 + 3);
    expect(listener).not.toHaveBeenCalled();
    redis.refusals.clear();
    await advance(redisPolicy.probeEveryMs);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('namespace: a channel is subscribed to as soon as the namespace is known', async () => {
    const identity = new FakeIdentity();
    await startSubscribed(identity);
    expect(redis.count('subscribe')).toBe(0);
    identity.become('test');
    await advance(0);
    expect(redis.received.filter(({ name }) => name === 'subscribe')).toEqual([{ name: 'subscribe', args: [CHANNEL] }]);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  async function startSubscribed(identity = new FakeIdentity('test')): Promise<void> {
    client = createRedisClient(redis, { identity });
    client.subscribe((keyOf) => keyOf('cache', 'changed', 1), listener);
    await client.onModuleInit();
    await advance(0);
  }

  async function publish(): Promise<void> {
    await client.run((connection) => connection.publish(CHANNEL, ''));
  }
});
