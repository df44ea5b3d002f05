import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import type { LoadedResponse } from './response-cache.service';
import { CANONICAL_URL, TTL_MS, resultAfter, startReplicas } from './testing';

describe('response cache, levels', () => {
  useVirtualTime();

  it('L1: a fresh response causes neither a load nor a Redis command', async () => {
    const { redis, origin, replicas } = startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, first.get());
    const commands = redis.commands.length;
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', tier: 'process', kind: 'hit' });
    expect(first.peek()).toBe('first');
    expect([origin.loads, redis.commands.length]).toEqual([1, commands]);
  });

  it('L2: replicas share a response through Redis, and store it in L1', async () => {
    const { redis, origin, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', tier: 'redis', kind: 'hit' });
    const commands = redis.commands.length;
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', tier: 'process', kind: 'hit' });
    expect([origin.loads, redis.commands.length]).toEqual([1, commands]);
  });

  it('L2: a replica whose L1 is outdated takes the fresh response from Redis', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, second.get());
    origin.content = 'second';
    log.change('apples');
    await resultAfter(origin.loadMs, first.get());
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'second', tier: 'redis', kind: 'hit' });
  });

  it('L2: Redis keeps a response for as long as it is fresh or stale, and no longer', async () => {
    const { redis, origin, replicas } = startReplicas();
    await resultAfter(origin.loadMs, replicas[0].get());
    await advance(TTL_MS + cachePolicy.staleWhileRevalidateSeconds * 1_000 - 1);
    expect(redis.responseKeys()).toHaveLength(1);
    await advance(1);
    expect(redis.responseKeys()).toEqual([]);
  });

  it.each([
    [0, TTL_MS],
    [1, TTL_MS * (1 - cachePolicy.ttlJitter)],
  ])('TTL: with randomness %d a response is fresh for %d ms', async (randomness, freshForMs) => {
    const { origin, replicas } = startReplicas();
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
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    first.clock.aheadMs = aheadMs;
    await resultAfter(origin.loadMs, first.get());
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ kind });
  });

  it('clock skew: after a change, a new response replaces that of a clock that is ahead', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    first.clock.aheadMs = cachePolicy.clockSkewMs;
    await resultAfter(origin.loadMs, first.get());
    await second.get();
    origin.content = 'second';
    log.change('apples');
    await resultAfter(origin.loadMs, second.get());
    expect(second.peek()).toBe('second');
  });

  it('clock skew: after the clock was set back, a new response replaces that of the future', async () => {
    const { origin, replicas } = startReplicas();
    const [first] = replicas;
    first.redis.isAvailable = false;
    first.clock.aheadMs = cachePolicy.clockSkewMs + 1;
    await resultAfter(origin.loadMs, first.get());
    first.clock.aheadMs = -origin.loadMs;
    await resultAfter(origin.loadMs, first.get());
    expect(first.peek()).toBe('first');
  });

  it.each([
    ['text', 'garbage'],
    ['an empty string', ''],
    ['JSON of another format', '"{\\"value\\":\\"{}\\"}"'],
    ['a list', ['garbage']],
  ])('undecodable: %s in Redis is a miss, and the next load overwrites it', async (_, garbage) => {
    const { redis, origin, replicas } = startReplicas();
    const [first, second, third] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await advance(cachePolicy.leaseMs);
    for (const key of redis.responseKeys()) redis.set(key, garbage);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ kind: 'miss', isStored: true });
    expect(await resultAfter(0, third.get())).toMatchObject({ tier: 'redis', kind: 'hit' });
  });

  it('undecodable: a basis of another format in Redis is a miss, and the next load overwrites it', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first, second, third] = replicas;
    await resultAfter(origin.loadMs, first.get());
    redis.patchResponses({ basis: { kind: 'tags', tags: ['apples'] } });
    log.change('apples');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ kind: 'miss', isStored: true });
    expect(await resultAfter(0, third.get())).toMatchObject({ tier: 'redis', kind: 'hit' });
  });

  it('L1: a late reply of Redis does not replace a newer response', async () => {
    const { origin, replicas } = startReplicas();
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
    const { replicas } = startReplicas();
    const { cache, redis } = replicas[0];
    redis.isAvailable = false;
    for (const url of ['/1', '/2', '/3']) await cache.get(url, loadQuarter);
    cache.peek('/1');
    await cache.get('/4', loadQuarter);
    const cached = ['/1', '/2', '/3', '/4'].filter((url) => cache.peek(url) !== undefined);
    expect(cached).toEqual(['/1', '/3', '/4']);
  });

  it('watch: an evicted response is not watched any more', async () => {
    const { replicas } = startReplicas();
    const { cache, redis, validity } = replicas[0];
    redis.isAvailable = false;
    for (const url of ['/1', '/2', '/3', '/4']) await cache.get(url, loadQuarter);
    expect(validity.watchedUrls).toEqual(['/2', '/3', '/4']);
  });

  it('watch: a response that is too large for L1 is neither stored nor watched', async () => {
    const { replicas } = startReplicas();
    const { cache, redis, validity } = replicas[0];
    redis.isAvailable = false;
    const load = () => Promise.resolve(createLoaded(cachePolicy.l1Bytes));
    expect(await cache.get('/1', load)).toMatchObject({ outcome: { kind: 'miss', isStored: false } });
    expect(validity.watchedUrls).toEqual([]);
  });

  it('watch: the response that replaces an outdated one is watched with its own basis', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, first.get());
    log.change('apples');
    origin.basis = ['pears'];
    await resultAfter(origin.loadMs, first.get());
    log.change('apples');
    expect(first.peek()).toBe('first');
    log.change('pears');
    expect(first.peek()).toBeUndefined();
  });

  it('watch: the response that replaces a stale one is watched with its own basis', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await advance(TTL_MS);
    origin.basis = ['pears'];
    await first.get();
    await advance(origin.loadMs);
    log.change('apples');
    expect(first.peek()).toBe('first');
    log.change('pears');
    expect(first.peek()).toBeUndefined();
  });

  it('watch: a response that Redis has is watched as soon as it is in L1', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    expect(second.validity.watchedUrls).toEqual([]);
    await resultAfter(0, second.get());
    expect(second.validity.watchedUrls).toEqual([CANONICAL_URL]);
    log.change('apples');
    expect(second.peek()).toBeUndefined();
  });

  it.each(['GET', 'SET', 'ACQUIRE'])('Redis error: a refused %s is a cache miss and not an error', async (command) => {
    const { origin, replicas } = startReplicas();
    const [first] = replicas;
    first.redis.refused.add(command);
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'miss' });
    expect(await resultAfter(0, first.get())).toMatchObject({ tier: 'process', kind: 'hit' });
  });

  it('Redis error: losing Redis before its reply is a cache miss and not an error', async () => {
    const { origin, replicas } = startReplicas();
    const [first] = replicas;
    first.redis.replyAfterMs = 10;
    const request = first.get();
    first.redis.isAvailable = false;
    expect(await resultAfter(10 + origin.loadMs, request)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('without Redis: each replica loads and stores its own response, no longer than the TTL', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    for (const each of [first, second]) each.redis.isAvailable = false;
    await resultAfter(origin.loadMs, first.get());
    await resultAfter(origin.loadMs, second.get());
    expect([origin.loads, first.peek(), second.peek()]).toEqual([2, 'first', 'first']);
    await advance(TTL_MS);
    expect([first.peek(), second.peek()]).toEqual([undefined, undefined]);
  });
});

/** Loads a response of a quarter of L1, so that four of them and their overhead do not fit. */
const loadQuarter = () => Promise.resolve(createLoaded(cachePolicy.l1Bytes / 4));

function createLoaded(bytes: number): LoadedResponse {
  const identity = { bytes: Buffer.allocUnsafeSlow(bytes), etag: '""', headers: [] };
  return { response: { headers: [], representations: { identity } }, basis: [] };
}
