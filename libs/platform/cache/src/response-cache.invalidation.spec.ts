import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { TTL_MS, VERSION_KEY, resultAfter, startReplicas } from './testing';

describe('response cache, invalidation', () => {
  useVirtualTime();

  it('invalidation: after a change no replica serves the old response, in L1 or from Redis', async () => {
    const { origin, replicas } = await startWithResponses();
    const [first, second, third] = replicas;
    origin.content = 'second';
    await first.version.invalidate();
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'second' });
    expect(await resultAfter(0, third.get())).toMatchObject({ text: 'second' });
  });

  it('invalidation: takes effect in its own replica before it is published', async () => {
    const { replicas } = await startWithResponses();
    const [first] = replicas;
    void first.version.invalidate();
    expect(first.peek()).toBeUndefined();
    await advance(0);
  });

  it('invalidation: if the message is lost, other replicas serve the old response for versionCheckMs at most', async () => {
    const { redis, origin, replicas } = await startWithResponses();
    const [first, second] = replicas;
    redis.isLosingMessages = true;
    origin.content = 'second';
    await first.version.invalidate();
    expect(second.peek()).toBe('first');
    await advance(cachePolicy.versionCheckMs);
    expect(second.peek()).toBeUndefined();
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second' });
  });

  it('slow load: a response whose load began before a change is returned and not stored', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first] = replicas;
    const slow = first.get();
    await advance(origin.loadMs - 1);
    origin.content = 'second';
    await first.version.invalidate();
    expect(await resultAfter(1, slow)).toMatchObject({ text: 'first', kind: 'miss', isStored: false });
    expect([first.peek(), redis.responseKeys()]).toEqual([undefined, []]);
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', isStored: true });
  });

  it('slow load: the same if another replica made the change', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    const slow = first.get();
    await advance(origin.loadMs - 1);
    await second.version.invalidate();
    expect(await resultAfter(1, slow)).toMatchObject({ text: 'first', isStored: false });
    expect([first.peek(), redis.responseKeys()]).toEqual([undefined, []]);
  });

  it('slow load: does not replace the response of a load that began after the change', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    origin.loadMs = 500;
    const slow = first.get();
    await advance(1);
    origin.loadMs = 50;
    origin.content = 'second';
    await second.version.invalidate();
    await resultAfter(origin.loadMs, second.get());
    await resultAfter(500, slow);
    expect(second.peek()).toBe('second');
    expect(await resultAfter(0, replicas[2].get())).toMatchObject({ text: 'second', tier: 'redis' });
  });

  it('slow load: a response stored by a replica that missed the change is outdated for all replicas', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    redis.isLosingMessages = true;
    await advance(cachePolicy.versionCheckMs / 2);
    const slow = first.get();
    await advance(1);
    origin.content = 'second';
    await second.version.invalidate();
    expect(await resultAfter(origin.loadMs, slow)).toMatchObject({ text: 'first', isStored: true });
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
    await advance(cachePolicy.versionCheckMs / 2);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', tier: 'redis' });
  });

  it('Redis unavailable: a change made meanwhile outdates older responses when Redis is available again', async () => {
    const { origin, replicas } = await startWithResponses();
    const [first, second] = replicas;
    for (const each of replicas) each.redis.becomeUnavailable();
    origin.content = 'second';
    await first.version.invalidate();
    for (const each of replicas) each.redis.becomeAvailable();
    await advance(0);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second' });
  });

  it('Redis unavailable: a change of another replica becomes visible when the response expires', async () => {
    const { origin, replicas } = await startWithResponses();
    const [first, second] = replicas;
    for (const each of replicas) each.redis.becomeUnavailable();
    origin.content = 'second';
    await first.version.invalidate();
    expect(second.peek()).toBe('first');
    await advance(TTL_MS);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second' });
  });

  it('restored Redis: neither a restored old version nor its response is used', async () => {
    const { redis, origin, replicas } = await startWithResponses();
    const [first, second] = replicas;
    const keys = [VERSION_KEY, ...redis.responseKeys()];
    const backup = keys.map((key) => [key, redis.get(key) ?? ''] as const);
    origin.content = 'second';
    await first.version.invalidate();
    await resultAfter(origin.loadMs, first.get());
    for (const [key, value] of backup) redis.set(key, value);
    await advance(2 * cachePolicy.versionCheckMs);
    for (const each of [first, second])
      expect(await resultAfter(origin.loadMs, each.get())).toMatchObject({ text: 'second' });
  });
});

/** Starts replicas that have the response in L1. */
async function startWithResponses() {
  const setup = await startReplicas();
  await resultAfter(setup.origin.loadMs, setup.replicas[0].get());
  for (const each of setup.replicas) await each.get();
  return setup;
}
