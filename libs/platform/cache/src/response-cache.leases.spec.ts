import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import {
  MAX_POLL_MS,
  TTL_MS,
  createApplicationError,
  resultAfter,
  startReplicas,
  type CacheReplica,
  type Origin,
} from './testing';

describe('response cache, leases', () => {
  useVirtualTime();

  it('lease: is released if a change outdates the response during its load, and the next replica loads', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    const before = first.get();
    await advance(1);
    origin.content = 'second';
    log.change('apples');
    const after = second.get();
    expect(await resultAfter(origin.loadMs - 1, before)).toMatchObject({ text: 'first', isStored: false });
    expect(await resultAfter(MAX_POLL_MS + origin.loadMs, after)).toMatchObject({ text: 'second', isStored: true });
  });

  it('lease: is kept if the change during the load is irrelevant', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    const requests = Promise.all([first.get(), second.get()]);
    await advance(1);
    log.change('pears');
    await resultAfter(origin.loadMs + MAX_POLL_MS, requests);
    expect([origin.loads, redis.count('RELEASE')]).toEqual([1, 0]);
  });

  it('lease: four replicas that replace the same outdated response load it once', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await second.get(); // the others do not have it in L1
    log.change('pears');
    log.change('apples');
    origin.content = 'second';
    const responses = await resultAfter(
      origin.loadMs + MAX_POLL_MS,
      Promise.all(replicas.map((replica) => replica.get())),
    );
    expect(new Set(responses.map(({ text }) => text))).toEqual(new Set(['second']));
    expect(origin.loads).toBe(2);
  });

  it('lease: if a replica behind the change stores an outdated response, a waiting replica replaces it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    log.change('apples');
    origin.content = 'second';
    const loading = first.get();
    await advance(1);
    const waiting = second.get();
    first.validity.isBehind = true;
    origin.content = 'third';
    log.change('apples');
    expect(await resultAfter(origin.loadMs - 1, loading)).toMatchObject({ text: 'second', isStored: true });
    expect(await resultAfter(MAX_POLL_MS + origin.loadMs, waiting)).toMatchObject({ text: 'third', isStored: true });
  });

  it('lease: a change does not wait for the lease of the load before it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', isStored: true });
  });

  it('lease: a change does not wait for the lease of a revalidation before it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await advance(TTL_MS);
    await first.get();
    await advance(origin.loadMs); // reloaded without a change, so at the same version
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', isStored: true });
  });

  it.each([
    [0, cachePolicy.pollMs * 0.5],
    [0.5, cachePolicy.pollMs],
  ])('lease: with randomness %d a waiting replica polls every %d ms', async (randomness, pollMs) => {
    const { redis, origin, replicas } = startReplicas();
    const [first, second] = replicas;
    second.clock.randomness = randomness;
    origin.loadMs = 10 * cachePolicy.pollMs;
    void first.get();
    await advance(0);
    const waiting = second.get();
    await advance(0);
    const lookups = redis.count('GET');
    await advance(4 * pollMs);
    expect(redis.count('GET') - lookups).toBe(4);
    await resultAfter(origin.loadMs, waiting);
  });

  it('lease: is kept after the load, for a replica whose lookup was just before it', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    second.redis.replyAfterMs = origin.loadMs + 1; // its lookup is a miss
    const requests = Promise.all([first.get(), second.get()]);
    await advance(0);
    second.redis.replyAfterMs = 0;
    await resultAfter(origin.loadMs + 1 + MAX_POLL_MS, requests);
    expect(origin.loads).toBe(1);
  });

  it('lease: is released if the load fails, and the next replica loads at once', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    origin.failure = new Error('the database is unavailable');
    const failing = Promise.allSettled([first.get()]);
    await advance(1);
    origin.failure = undefined;
    const waiting = second.get();
    await resultAfter(origin.loadMs, failing);
    expect(await resultAfter(MAX_POLL_MS + origin.loadMs, waiting)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease: if its holder is killed, another replica loads when it expires', async () => {
    const { origin, replicas } = startReplicas();
    const [killed, second, third] = replicas;
    await beginEndlessLoad(killed, origin);
    await advance(cachePolicy.leaseMs / 2);
    const waiting = Promise.all([second.get(), third.get()]);
    await advance(cachePolicy.leaseMs / 2 - 1);
    expect(origin.loads).toBe(1);
    const responses = await resultAfter(1 + 2 * MAX_POLL_MS + origin.loadMs, waiting);
    expect(responses.map(({ text }) => text)).toEqual(['first', 'first']);
    expect(origin.loads).toBe(2);
  });

  it('lease: a load after an eviction does not wait until the lease of the evicted response expires', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    origin.failure = createApplicationError('not-found');
    log.change('apples');
    await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(origin.failure);
    origin.failure = undefined;
    expect(await resultAfter(cachePolicy.leaseMs / 2, second.get())).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease timeout: a replica waits for one lease at most, although another replica holds the next one', async () => {
    const { origin, replicas } = startReplicas();
    const [killed, second, third] = replicas;
    await beginEndlessLoad(killed, origin);
    second.clock.randomness = 0; // acquires the next lease before the third
    third.clock.randomness = 0.9;
    const waiting = third.get();
    void second.get();
    const { loadMs } = origin;
    origin.loadMs = Infinity;
    await advance(cachePolicy.leaseMs + cachePolicy.pollMs / 2);
    expect(origin.loads).toBe(2);
    origin.loadMs = loadMs;
    expect(await resultAfter(MAX_POLL_MS + loadMs, waiting)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease: if Redis refuses it, a replica loads without waiting', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    await beginEndlessLoad(first, origin);
    second.redis.refused.add('ACQUIRE');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease timeout: a replica waits for one lease at most if Redis refuses to return responses', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    second.redis.refused.add('GET');
    await beginEndlessLoad(first, origin);
    const waiting = second.get();
    await advance(cachePolicy.leaseMs - 1);
    expect(await resultAfter(1 + MAX_POLL_MS + origin.loadMs, waiting)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease: if Redis becomes unavailable while a replica waits, it loads at the next poll', async () => {
    const { origin, replicas } = startReplicas();
    const [first, second] = replicas;
    await beginEndlessLoad(first, origin);
    const waiting = second.get();
    await advance(0);
    second.redis.isAvailable = false;
    expect(await resultAfter(MAX_POLL_MS + origin.loadMs, waiting)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('revalidation: one of four replicas loads, and the others take its response from Redis', async () => {
    const { origin, replicas } = startReplicas();
    await resultAfter(origin.loadMs, replicas[0].get());
    for (const each of replicas) await each.get();
    await advance(TTL_MS);
    origin.content = 'second';
    await Promise.all(replicas.map((each) => each.get()));
    await advance(origin.loadMs + MAX_POLL_MS);
    expect(replicas.map((each) => each.peek())).toEqual(Array(4).fill('second'));
    expect(origin.loads).toBe(2);
  });

  it('revalidation: a replica takes a response that another one has already renewed, without a lease', async () => {
    const { redis, origin, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    await second.get();
    await advance(TTL_MS);
    origin.content = 'second';
    await first.get();
    await advance(origin.loadMs);
    const leases = redis.count('ACQUIRE');
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', kind: 'revalidating' });
    expect([second.peek(), redis.count('ACQUIRE'), origin.loads]).toEqual(['second', leases, 2]);
  });
});

/** Starts a load that never ends and keeps its lease, like that of a killed process. */
async function beginEndlessLoad(replica: CacheReplica, origin: Origin): Promise<void> {
  const { loadMs } = origin;
  origin.loadMs = Infinity;
  void replica.get();
  await advance(0);
  origin.loadMs = loadMs;
}
