import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { TTL_MS, resultAfter, startReplicas, type CacheReplica, type Origin } from './testing';

const CALLERS = 50;
/** The longest pause between two lookups of a waiting replica. */
const MAX_POLL_MS = cachePolicy.pollMs * 1.5;

describe('response cache, single flight', () => {
  useVirtualTime();

  it('single flight: 50 callers of one replica cause one Redis lookup and one load', async () => {
    const { redis, origin, replicas } = await startReplicas();
    const lookups = redis.count('GET');
    const requests = Array.from({ length: CALLERS }, () => replicas[0].get());
    const responses = await resultAfter(origin.loadMs, Promise.all(requests));
    expect([origin.loads, redis.count('GET') - lookups]).toEqual([1, 1]);
    const [leader, ...joined] = responses;
    expect(leader).toMatchObject({ kind: 'miss', isCollapsed: false, isStored: true });
    for (const each of joined) expect(each).toMatchObject({ kind: 'miss', isCollapsed: true, isStored: true });
  });

  it('single flight: four replicas with 50 callers each cause one load', async () => {
    const { origin, replicas } = await startReplicas();
    const requests = replicas.flatMap((replica) => Array.from({ length: CALLERS }, () => replica.get()));
    const responses = await resultAfter(origin.loadMs + MAX_POLL_MS, Promise.all(requests));
    expect(new Set(responses.map(({ text }) => text))).toEqual(new Set(['first']));
    expect(origin.loads).toBe(1);
  });

  it('single flight: without Redis, four replicas with 50 callers each cause four loads', async () => {
    const { origin, replicas } = await startReplicas();
    for (const each of replicas) each.redis.becomeUnavailable();
    const requests = replicas.flatMap((replica) => Array.from({ length: CALLERS }, () => replica.get()));
    await resultAfter(origin.loadMs, Promise.all(requests));
    expect(origin.loads).toBe(4);
  });

  it('single flight: different URLs are loaded concurrently', async () => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, Promise.all([first.get('/products/1'), first.get('/products/2')]));
    expect(origin.loads).toBe(2);
  });

  it('single flight: a request after a change does not join a load that began before it', async () => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    const before = first.get();
    await advance(1);
    origin.content = 'second';
    void first.version.invalidate();
    const after = first.get();
    expect(await resultAfter(origin.loadMs, before)).toMatchObject({ text: 'first' });
    expect(await after).toMatchObject({ text: 'second', isCollapsed: false });
  });

  it('single flight: callers share a failure, and the next one loads again', async () => {
    const { origin, replicas } = await startReplicas();
    const [first] = replicas;
    origin.failure = new Error('the database is unavailable');
    const requests = Promise.allSettled([first.get(), first.get()]);
    expect((await resultAfter(origin.loadMs, requests)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(origin.loads).toBe(1);
    origin.failure = undefined;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first' });
  });

  it('lease: a load that began before a change delays no replica after it', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    const before = first.get();
    await advance(1);
    origin.content = 'second';
    await second.version.invalidate();
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', isStored: true });
    await before;
  });

  it.each([
    [0, cachePolicy.pollMs * 0.5],
    [0.5, cachePolicy.pollMs],
  ])('lease: with randomness %d a waiting replica polls every %d ms', async (randomness, pollMs) => {
    const { redis, origin, replicas } = await startReplicas();
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
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    second.redis.replyAfterMs = origin.loadMs + 1; // its lookup is a miss
    const requests = Promise.all([first.get(), second.get()]);
    await advance(0);
    second.redis.replyAfterMs = 0;
    await resultAfter(origin.loadMs + 1 + MAX_POLL_MS, requests);
    expect(origin.loads).toBe(1);
  });

  it('lease: is released if the load fails, and the next replica loads at once', async () => {
    const { origin, replicas } = await startReplicas();
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
    const { origin, replicas } = await startReplicas();
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

  it('lease timeout: a replica waits for one lease at most, although another replica holds the next one', async () => {
    const { origin, replicas } = await startReplicas();
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
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    await beginEndlessLoad(first, origin);
    second.redis.refused.add('ACQUIRE');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease: if Redis refuses the GET of the version, a replica loads without waiting', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    second.redis.refused.add('GET');
    await advance(cachePolicy.versionCheckMs);
    await beginEndlessLoad(first, origin);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('lease: if Redis becomes unavailable while a replica waits, it loads at the next poll', async () => {
    const { origin, replicas } = await startReplicas();
    const [first, second] = replicas;
    await beginEndlessLoad(first, origin);
    const waiting = second.get();
    await advance(0);
    second.redis.becomeUnavailable();
    expect(await resultAfter(MAX_POLL_MS + origin.loadMs, waiting)).toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('revalidation: one of four replicas loads, and the others take its response from Redis', async () => {
    const { origin, replicas } = await startReplicas();
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
    const { redis, origin, replicas } = await startReplicas();
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
