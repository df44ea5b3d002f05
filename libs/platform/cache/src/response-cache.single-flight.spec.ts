import { advance, useVirtualTime } from '@testing/resilience';
import { MAX_POLL_MS, createApplicationError, resultAfter, startReplicas } from './testing';

const CALLERS = 50;

describe('response cache, single flight', () => {
  useVirtualTime();

  it('single flight: 50 callers of one replica cause one Redis lookup and one load', async () => {
    const { redis, origin, replicas } = startReplicas();
    const lookups = redis.count('GET');
    const requests = Array.from({ length: CALLERS }, () => replicas[0].get());
    const responses = await resultAfter(origin.loadMs, Promise.all(requests));
    expect([origin.loads, redis.count('GET') - lookups]).toEqual([1, 1]);
    const [leader, ...joined] = responses;
    expect(leader).toMatchObject({ kind: 'miss', isCollapsed: false, isStored: true });
    for (const each of joined) expect(each).toMatchObject({ kind: 'miss', isCollapsed: true, isStored: true });
  });

  it('single flight: four replicas with 50 callers each cause one load', async () => {
    const { origin, replicas } = startReplicas();
    const requests = replicas.flatMap((replica) => Array.from({ length: CALLERS }, () => replica.get()));
    const responses = await resultAfter(origin.loadMs + MAX_POLL_MS, Promise.all(requests));
    expect(new Set(responses.map(({ text }) => text))).toEqual(new Set(['first']));
    expect(origin.loads).toBe(1);
  });

  it('single flight: without Redis, four replicas with 50 callers each cause four loads', async () => {
    const { origin, replicas } = startReplicas();
    for (const each of replicas) each.redis.isAvailable = false;
    const requests = replicas.flatMap((replica) => Array.from({ length: CALLERS }, () => replica.get()));
    await resultAfter(origin.loadMs, Promise.all(requests));
    expect(origin.loads).toBe(4);
  });

  it('single flight: different URLs are loaded concurrently', async () => {
    const { origin, replicas } = startReplicas();
    const [first] = replicas;
    await resultAfter(origin.loadMs, Promise.all([first.get('/products/1'), first.get('/products/2')]));
    expect(origin.loads).toBe(2);
  });

  it('single flight: a caller after a change loads again if the change outdates the load that it joined', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    const before = first.get();
    await advance(1);
    origin.content = 'second';
    log.change('apples');
    const after = first.get();
    expect(await resultAfter(origin.loadMs, before)).toMatchObject({ text: 'first', isStored: false });
    expect(await resultAfter(origin.loadMs, after)).toMatchObject({ text: 'second', isStored: true });
  });

  it('single flight: a caller after an irrelevant change shares the load that it joined', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    const before = first.get();
    await advance(1);
    log.change('pears');
    const after = first.get();
    await resultAfter(origin.loadMs - 1, Promise.all([before, after]));
    expect([origin.loads, first.peek()]).toEqual([1, 'first']);
  });

  it('single flight: all callers after a change share the load after it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    void first.get();
    await advance(1);
    origin.content = 'second';
    log.change('apples');
    const requests = Array.from({ length: CALLERS }, () => first.get());
    const responses = await resultAfter(2 * origin.loadMs, Promise.all(requests));
    expect(new Set(responses.map(({ text }) => text))).toEqual(new Set(['second']));
    expect(origin.loads).toBe(2);
  });

  it('single flight: a caller before a change is served by the load that it joined', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    const requests = Promise.all([first.get(), first.get()]);
    await advance(1);
    origin.content = 'second';
    log.change('apples');
    const responses = await resultAfter(origin.loadMs, requests);
    for (const each of responses) expect(each).toMatchObject({ text: 'first', kind: 'miss', isStored: false });
    expect(origin.loads).toBe(1);
  });

  it('single flight: a caller after a change does not receive the 404 of a load that began before it', async () => {
    const { origin, log, replicas } = startReplicas();
    const [first] = replicas;
    origin.failure = createApplicationError('not-found');
    const before = Promise.allSettled([first.get()]);
    await advance(1);
    origin.failure = undefined;
    log.change('apples'); // the product is created
    const after = first.get();
    await resultAfter(origin.loadMs, before);
    expect(await resultAfter(origin.loadMs, after)).toMatchObject({ text: 'first' });
  });

  it('single flight: callers share a failure, and the next one loads again', async () => {
    const { origin, replicas } = startReplicas();
    const [first] = replicas;
    origin.failure = new Error('the database is unavailable');
    const requests = Promise.allSettled([first.get(), first.get()]);
    expect((await resultAfter(origin.loadMs, requests)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(origin.loads).toBe(1);
    origin.failure = undefined;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first' });
  });
});
