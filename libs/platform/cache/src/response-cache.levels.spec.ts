import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { TTL_MS, resultAfter, startReplicas } from './testing';

describe('response cache, levels', () => {
  useVirtualTime();

  it('L1: a fresh response causes neither a load nor a Redis command', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, first.get());
    const commands = redis.commands.length;
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', tier: 'process', kind: 'hit' });
    expect(first.peek()).toBe('first');
    expect([origin.loads, redis.commands.length]).toEqual([1, commands]);
  });

  it('L2: replicas share a response through Redis, and store it in L1', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', tier: 'redis', kind: 'hit' });
    const commands = redis.commands.length;
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', tier: 'process', kind: 'hit' });
    expect([origin.loads, redis.commands.length]).toEqual([1, commands]);
  });

  it('L2: a replica whose L1 is outdated takes the fresh response from Redis', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, second.get());
    origin.content = 'second';
    await first.version.invalidate();
    await resultAfter(origin.loadMs, first.get());
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'second', tier: 'redis', kind: 'hit' });
  });

  it('L2: Redis keeps a response for as long as it is fresh or stale, and no longer', async () => {
    const { redis, origin, replicas } = await startReplicas();
    await resultAfter(origin.loadMs, replicas[0].get());
    for (const { version } of replicas) version.onApplicationShutdown(); // fewer timers
    await advance(TTL_MS + cachePolicy.staleWhileRevalidateSeconds * 1_000 - 1);
    expect(redis.responseKeys()).toHaveLength(1);
    await advance(1);
    expect(redis.responseKeys()).toEqual([]);
  });

  it('L2: a replica whose change is not published yet does not use Redis for responses', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first] = replicas;
    first.redis.refused.add('SET');
    await first.version.invalidate();
    first.redis.refused.clear();
    const commands = redis.commands.length;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'miss' });
    expect(redis.commands.length).toBe(commands);
  });

  it.each([
    [0, TTL_MS],
    [1, TTL_MS * (1 - cachePolicy.ttlJitter)],
  ])('TTL: with randomness %d a response is fresh for %d ms', async (randomness, freshForMs) => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    first.clock.randomness = randomness;
    await resultAfter(origin.loadMs, first.get());
    await advance(freshForMs - 1);
    expect(first.peek()).toBe('first');
    await advance(1);
    expect(first.peek()).toBeUndefined();
  });

  it.each([
    [0, 'hit'],
    [cachePolicy.clockSkewMs, 'hit'],
    [cachePolicy.clockSkewMs + 1, 'miss'],
  ])('clock skew: a response from a clock that is %d ms ahead is a %s', async (aheadMs, kind) => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    first.clock.aheadMs = aheadMs;
    await resultAfter(origin.loadMs, first.get());
    const loading = second.get();
    await advance(cachePolicy.leaseMs + cachePolicy.pollMs + origin.loadMs); // the lease of the first load
    expect(await loading).toMatchObject({ kind });
  });

  it.each([
    ['text', 'garbage'],
    ['an empty string', ''],
    ['JSON of another format', '"{\\"value\\":\\"{}\\"}"'],
    ['a list', ['garbage']],
  ])('undecodable: %s in Redis is a miss, and the next load overwrites it', async (_, garbage) => {
    const { redis, origin, replicas } = await startReplicas();
    const [first, second, third] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await advance(cachePolicy.leaseMs);
    for (const key of redis.responseKeys()) redis.set(key, garbage);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ kind: 'miss', isStored: true });
    expect(await resultAfter(0, third.get())).toMatchObject({ tier: 'redis', kind: 'hit' });
  });

  it('L1: a late reply of Redis does not replace a newer response', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    first.redis.refused.add('ACQUIRE'); // so that both load
    second.redis.refused.add('ACQUIRE');
    const older = first.get();
    await advance(1);
    origin.content = 'second';
    const newer = second.get();
    await advance(origin.loadMs - 1);
    expect(await older).toMatchObject({ text: 'first' });
    second.redis.replyAfterMs = 10;
    const read = second.get(); // Redis replies with the older one after the newer one is loaded
    expect(await resultAfter(1, newer)).toMatchObject({ text: 'second' });
    expect(await resultAfter(9, read)).toMatchObject({ text: 'first', tier: 'redis' });
    expect(second.peek()).toBe('second');
  });

  it('L1: is bounded by bytes, and evicts the least recently used response first', async () => {
    const { replicas } = await startReplicas();
    const { cache, redis } = replicas[0];
    redis.becomeUnavailable();
    const bytes = Buffer.allocUnsafeSlow(cachePolicy.l1Bytes / 4); // four of them and their overhead do not fit
    const load = () =>
      Promise.resolve({ headers: [], representations: { identity: { bytes, etag: '""', headers: [] } } });
    for (const url of ['/1', '/2', '/3']) await cache.get(url, load);
    cache.peek('/1');
    await cache.get('/4', load);
    const cached = ['/1', '/2', '/3', '/4'].filter((url) => cache.peek(url) !== undefined);
    expect(cached).toEqual(['/1', '/3', '/4']);
  });

  it.each(['GET', 'SET', 'ACQUIRE'])('Redis error: a refused %s is a cache miss and not an error', async (command) => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    first.redis.refused.add(command);
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'miss' });
    expect(await resultAfter(0, first.get())).toMatchObject({ tier: 'process', kind: 'hit' });
  });

  it('Redis error: losing Redis before its reply is a cache miss and not an error', async () => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    first.redis.replyAfterMs = 10;
    const request = first.get();
    first.redis.becomeUnavailable();
    expect(await resultAfter(10 + origin.loadMs, request)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('without Redis: each replica loads and stores its own response, no longer than the TTL', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    for (const each of [first, second]) each.redis.becomeUnavailable();
    await resultAfter(origin.loadMs, first.get());
    await resultAfter(origin.loadMs, second.get());
    origin.content = 'second';
    await first.version.invalidate();
    expect([first.peek(), second.peek()]).toEqual([undefined, 'first']);
    await advance(TTL_MS);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
    expect(origin.loads).toBe(3);
  });
});
