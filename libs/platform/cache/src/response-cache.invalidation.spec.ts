import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { EVERYTHING, resultAfter, startReplicas, type CacheReplica, type Origin, type TestChangeLog } from './testing';

const APPLES = '/products?category=apples';
const PEARS = '/products?category=pears';

describe('response cache, invalidation', () => {
  useVirtualTime();

  it('invalidation: after a change no replica serves the old response, in L1 or from Redis', async () => {
    const { origin, log, replicas } = await startWithResponses();
    const [first, second, third] = replicas;
    change(origin, log);
    expect(replicas.map((each) => each.peek(APPLES))).toEqual(Array(4).fill(undefined));
    expect(await resultAfter(origin.loadMs, first.get(APPLES))).toMatchObject({ text: 'second', kind: 'miss' });
    expect(await resultAfter(0, second.get(APPLES))).toMatchObject({ text: 'second' });
    expect(await resultAfter(0, third.get(APPLES))).toMatchObject({ text: 'second' });
  });

  it('invalidation: a change outdates only the responses that it concerns, in L1', async () => {
    const { origin, log, replicas } = await startWithResponses();
    change(origin, log);
    for (const each of replicas) expect([each.peek(APPLES), each.peek(PEARS)]).toEqual([undefined, 'first']);
  });

  it('invalidation: a change outdates only the responses that it concerns, in Redis', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await loadBoth(first, origin);
    change(origin, log);
    expect(await resultAfter(0, second.get(PEARS))).toMatchObject({ text: 'first', tier: 'redis', kind: 'hit' });
    expect(await resultAfter(origin.loadMs, second.get(APPLES))).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('invalidation: a change of everything outdates all responses', async () => {
    const { origin, log, replicas } = await startWithResponses();
    change(origin, log, EVERYTHING);
    for (const each of replicas) expect([each.peek(APPLES), each.peek(PEARS)]).toEqual([undefined, undefined]);
    for (const url of [APPLES, PEARS])
      expect(await resultAfter(origin.loadMs, replicas[0].get(url))).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('invalidation: a replica that may have missed changes outdates all responses, in L1 and from Redis', async () => {
    const { origin, log, replicas } = await startWithResponses();
    const [first] = replicas;
    first.validity.isBehind = true;
    change(origin, log);
    first.validity.reset();
    expect([first.peek(APPLES), first.peek(PEARS)]).toEqual([undefined, undefined]);
    for (const url of [APPLES, PEARS])
      expect(await resultAfter(origin.loadMs, first.get(url))).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('invalidation: if messages are lost, a replica serves the old response until it reads the log', async () => {
    const { origin, log, replicas } = await startWithResponses();
    const [, second] = replicas;
    second.validity.isBehind = true;
    change(origin, log);
    expect(second.peek(APPLES)).toBe('first');
    second.validity.catchUp();
    expect(second.peek(APPLES)).toBeUndefined();
    expect(await resultAfter(origin.loadMs, second.get(APPLES))).toMatchObject({ text: 'second' });
  });

  it('Redis unavailable: each replica still invalidates by the log', async () => {
    const { origin, log, replicas } = await startWithResponses();
    for (const each of replicas) each.redis.isAvailable = false;
    change(origin, log);
    for (const each of replicas) {
      expect([each.peek(APPLES), each.peek(PEARS)]).toEqual([undefined, 'first']);
      expect(await resultAfter(origin.loadMs, each.get(APPLES))).toMatchObject({ text: 'second', kind: 'miss' });
    }
    expect(origin.loads).toBe(2 + replicas.length);
  });

  it('Redis unavailable: a change made meanwhile outdates the response that Redis has when it is back', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await loadBoth(first, origin);
    for (const each of replicas) each.redis.isAvailable = false;
    change(origin, log);
    for (const each of replicas) each.redis.isAvailable = true;
    expect(await resultAfter(origin.loadMs, second.get(APPLES))).toMatchObject({ text: 'second', kind: 'miss' });
    expect(await resultAfter(0, second.get(PEARS))).toMatchObject({ text: 'first', tier: 'redis' });
  });
});

describe('response cache, slow loads', () => {
  useVirtualTime();

  it('slow load: a response that a change outdates during its load is returned and not stored', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first] = replicas;
    const slow = first.get();
    await advance(origin.loadMs - 1);
    change(origin, log);
    expect(await resultAfter(1, slow)).toMatchObject({ text: 'first', kind: 'miss', isStored: false });
    expect([first.peek(), redis.responseKeys(), first.validity.watchedUrls]).toEqual([undefined, [], []]);
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', isStored: true });
  });

  it('slow load: a response that a change during its load does not concern is stored', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    const slow = first.get();
    await advance(origin.loadMs - 1);
    log.change('pears');
    expect(await resultAfter(1, slow)).toMatchObject({ text: 'first', isStored: true });
    expect([first.peek(), redis.responseKeys().length]).toEqual(['first', 1]);
    expect(await resultAfter(0, second.get())).toMatchObject({ text: 'first', tier: 'redis', kind: 'hit' });
  });

  it('slow load: a response whose changes are forgotten during its load is not stored', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first] = replicas;
    const slow = first.get();
    await advance(origin.loadMs - 1);
    log.change('pears');
    first.validity.forgetChanges();
    expect(await resultAfter(1, slow)).toMatchObject({ text: 'first', isStored: false });
    expect([first.peek(), redis.responseKeys()]).toEqual([undefined, []]);
  });

  it('slow load: does not replace the response of a load that began after the change', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    first.redis.refused.add('ACQUIRE'); // so that both load
    origin.loadMs = 500;
    const slow = first.get();
    await advance(1);
    origin.loadMs = 50;
    change(origin, log);
    await resultAfter(origin.loadMs, second.get());
    expect(await resultAfter(500, slow)).toMatchObject({ text: 'first', isStored: false });
    expect([first.peek(), second.peek()]).toEqual([undefined, 'second']);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', tier: 'redis' });
  });

  it('slow load: a response that a replica behind the change has stored is outdated for all replicas', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    first.validity.isBehind = true;
    first.redis.refused.add('ACQUIRE'); // so that both load
    origin.loadMs = 500;
    const slow = first.get();
    await advance(1);
    origin.loadMs = 50;
    change(origin, log);
    await resultAfter(origin.loadMs, second.get());
    expect(await resultAfter(500, slow)).toMatchObject({ text: 'first', isStored: true }); // replaces the newer one
    expect(second.peek()).toBe('second');
    expect(await resultAfter(origin.loadMs, replicas[2].get())).toMatchObject({ text: 'second', kind: 'miss' });
    first.validity.catchUp();
    expect(first.peek()).toBeUndefined();
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', tier: 'redis' });
  });

  it('slow lookup: a change during the lookup in Redis outdates the response that it returns', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    await resultAfter(origin.loadMs, first.get());
    second.redis.replyAfterMs = 10;
    const slow = second.get();
    await advance(5);
    second.redis.replyAfterMs = 0;
    change(origin, log);
    expect(await resultAfter(5 + origin.loadMs, slow)).toMatchObject({ text: 'second', kind: 'miss' });
  });
});

describe('response cache, versions of responses in Redis', () => {
  useVirtualTime();

  it('restored Redis: a response from before a change is not used', async () => {
    const { redis, origin, log, replicas } = await startWithResponses();
    const [first, second] = replicas;
    const restore = redis.backUpResponses();
    change(origin, log);
    await resultAfter(origin.loadMs, first.get(APPLES));
    await advance(cachePolicy.leaseMs); // until then, replicas wait for the successor that Redis has lost
    restore();
    for (const each of [first, second])
      expect(await resultAfter(origin.loadMs, each.get(APPLES))).toMatchObject({ text: 'second' });
  });

  it('restored Redis: a response of an unknown version is not used', async () => {
    const { redis, origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    log.change('pears');
    await resultAfter(origin.loadMs, first.get());
    redis.patchResponses({ version: String(log.position - 1) });
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('window: a response from before the known changes is not used, and a newer one replaces it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second, third] = replicas;
    await resultAfter(origin.loadMs, first.get());
    log.change('pears');
    second.validity.forgetChanges();
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
    expect(await resultAfter(0, third.get())).toMatchObject({ text: 'second', tier: 'redis', kind: 'hit' });
  });

  it('window: L1 is independent of it, because its responses are tested by each change', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, first.get());
    log.change('pears');
    first.validity.forgetChanges();
    expect(first.peek()).toBe('first');
    log.change('apples');
    expect(first.peek()).toBeUndefined();
  });

  it('ahead: before a response of a replica that is ahead is served, the changes up to it are applied', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    origin.basis = ['pears'];
    await resultAfter(origin.loadMs, second.get(PEARS));
    second.validity.isBehind = true;
    log.change('pears');
    await loadBoth(first, origin);
    expect([second.peek(PEARS), second.validity.refreshes]).toEqual(['first', 0]);
    expect(await resultAfter(0, second.get(APPLES))).toMatchObject({ tier: 'redis', kind: 'hit' });
    expect([second.peek(PEARS), second.validity.refreshes]).toEqual([undefined, 1]);
  });

  it('ahead: a response of a replica that is ahead is not served if a later change has outdated it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first, second] = replicas;
    second.validity.isBehind = true;
    log.change('pears');
    await resultAfter(origin.loadMs, first.get());
    change(origin, log);
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('ahead: a response that is ahead of the whole log, as of a restored database, is not used', async () => {
    const { redis, origin, replicas } = startReplicas();
    const [first, second, third] = replicas;
    await resultAfter(origin.loadMs, first.get());
    redis.patchResponses({ version: '1000' });
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
    expect(await resultAfter(0, third.get())).toMatchObject({ text: 'second', tier: 'redis', kind: 'hit' });
  });
});

/** Commits a change with new content. */
function change(origin: Origin, log: TestChangeLog, tag = 'apples'): void {
  origin.content = 'second';
  log.change(tag);
}

/** Loads both responses. The basis of each is its category. */
async function loadBoth(replica: CacheReplica, origin: Origin): Promise<void> {
  origin.basis = ['apples'];
  await resultAfter(origin.loadMs, replica.get(APPLES));
  origin.basis = ['pears'];
  await resultAfter(origin.loadMs, replica.get(PEARS));
  origin.basis = ['apples'];
}

/** Starts replicas that have both responses in L1. */
async function startWithResponses() {
  const setup = startReplicas();
  await loadBoth(setup.replicas[0], setup.origin);
  for (const each of setup.replicas) await Promise.all([each.get(APPLES), each.get(PEARS)]);
  return setup;
}
