import { defineErrors, type ErrorKind } from '@platform/errors';
import { resultAfter, startReplicas, TTL_MS, type CacheReplica, type Origin } from '@testing/cache';
import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';

const STALE_MS = cachePolicy.staleWhileRevalidateSeconds * 1_000;
const STALE_IF_ERROR_MS = cachePolicy.staleIfErrorSeconds * 1_000;
const AWAY = new Error('the database is away');

describe('response cache, stale responses', () => {
  useVirtualTime();

  it('stale-while-revalidate: a stale response is served at once, and renewed in the background', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    origin.content = 'second';
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'revalidating', ttlSeconds: 0 });
    await advance(origin.loadMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', kind: 'hit' });
    expect(origin.loads).toBe(2);
  });

  it('stale-while-revalidate: callers meanwhile cause no further load', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    await resultAfter(0, Promise.all([first.get(), first.get(), first.get()]));
    expect(origin.loads).toBe(2);
  });

  it('stale-while-revalidate: a failed renewal is no error, and the stale response is served on', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    origin.failure = AWAY;
    await first.get();
    await advance(origin.loadMs + cachePolicy.failureBackoffMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'revalidating' });
  });

  it.each([
    [STALE_MS - 1, 'first'],
    [STALE_MS, 'second'],
  ])('stale-while-revalidate: %d ms after its end, a caller gets the %s response', async (staleForMs, text) => {
    const { origin, first, replicas } = await startWithResponse();
    for (const { version } of replicas) version.onApplicationShutdown(); // fewer timers
    await advance(TTL_MS + staleForMs);
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text });
  });

  it.each<[string, (replica: CacheReplica) => unknown]>([
    ['is lost', ({ redis }) => redis.lose()],
    ['refuses commands', ({ redis }) => redis.refused.add('SET')],
  ])('stale-while-revalidate: if Redis %s, a caller waits, because changes may be missed', async (_, fail) => {
    const { origin, first } = await startWithResponse();
    await fail(first);
    await resultAfter(origin.loadMs, first.get('/another')); // a refused command is noticed
    await advance(TTL_MS);
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('stale-if-error: a response outdated by a change is served while the database is away', async () => {
    const { origin, first } = await startWithResponse();
    await first.version.invalidate();
    origin.failure = AWAY;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
  });

  it('stale-if-error: an outdated response in Redis is served if L1 has none', async () => {
    const { origin, second } = await startWithResponse();
    await second.version.invalidate();
    origin.failure = AWAY;
    const shown = await resultAfter(origin.loadMs, second.get());
    expect(shown).toMatchObject({ text: 'first', tier: 'redis', kind: 'outage' });
  });

  it('stale-if-error: after staleIfErrorSeconds the error is thrown', async () => {
    const { origin, first } = await startWithResponse();
    first.redis.lose();
    origin.failure = AWAY;
    first.clock.aheadMs = TTL_MS + STALE_IF_ERROR_MS - origin.loadMs - 1;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    first.clock.aheadMs += 1;
    await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(AWAY);
  });

  it('stale-if-error: without a response the error is thrown', async () => {
    const { origin, first } = await startWithResponse();
    origin.failure = AWAY;
    await expect(resultAfter(origin.loadMs, first.get('/another'))).rejects.toBe(AWAY);
  });

  it.each<ErrorKind>(['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'])(
    'stale-if-error: the application error "%s" is a failure of the server (RFC 5861)',
    async (kind) => {
      const { origin, first } = await startWithResponse();
      await first.version.invalidate();
      origin.failure = anApplicationError(kind);
      expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    },
  );

  it.each<ErrorKind>(['not-found', 'invalid'])(
    'eviction: the application error "%s" is thrown, and evicts the response from L1 and Redis',
    async (kind) => {
      const { redis, origin, first } = await startWithResponse();
      await first.version.invalidate();
      const error = anApplicationError(kind);
      origin.failure = error;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(error);
      expect(redis.keysOfResponses()).toEqual([]);
      origin.failure = AWAY;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(AWAY);
    },
  );

  it('eviction: a response that only Redis has is evicted as well', async () => {
    const { redis, origin, second } = await startWithResponse();
    await second.version.invalidate();
    origin.failure = anApplicationError('not-found');
    await expect(resultAfter(origin.loadMs, second.get())).rejects.toBe(origin.failure);
    expect(redis.keysOfResponses()).toEqual([]);
  });

  it('failure backoff: for failureBackoffMs after a failed load, callers get the outdated response at once', async () => {
    const { origin, first } = await startWithResponse();
    await failToLoad(first, origin);
    origin.loadMs = Infinity;
    await advance(cachePolicy.failureBackoffMs - 1);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    await advance(1);
    await expect(resultAfter(1, first.get())).rejects.toThrow('still pending');
  });

  it('failure backoff: loads go on in the background, and the first that succeeds ends it', async () => {
    const { origin, first } = await startWithResponse();
    await failToLoad(first, origin);
    origin.failure = undefined;
    origin.content = 'second';
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    await advance(origin.loadMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', kind: 'hit' });
  });

  it('failure backoff: concerns one address', async () => {
    const { origin, first } = await startWithResponse();
    await resultAfter(origin.loadMs, first.get('/another'));
    await failToLoad(first, origin);
    origin.failure = undefined;
    expect(await resultAfter(origin.loadMs, first.get('/another'))).toMatchObject({ kind: 'miss' });
  });

  it('failure backoff: what is remembered of failures is bounded by bytes', async () => {
    const { origin, first } = await startWithResponse();
    origin.loadMs = 1;
    await failToLoad(first, origin);
    const longAddress = (at: number) => `/${at}`.padEnd(cachePolicy.maxFailureBackoffBytes / 4, '-');
    const failing = Array.from({ length: 4 }, (_, at) => first.get(longAddress(at)));
    await resultAfter(origin.loadMs, Promise.allSettled(failing));
    origin.loadMs = Infinity;
    await expect(resultAfter(1, first.get())).rejects.toThrow('still pending');
  });
});

/** Replicas of which the first has the response in L1; Redis has it too. Its lease has expired. */
async function startWithResponse() {
  const { redis, origin, replicas } = await startReplicas();
  const [first, second] = replicas;
  await resultAfter(origin.loadMs, first.get());
  return { redis, origin, replicas, first, second };
}

/** Leaves an outdated response, and a load that has just failed. */
async function failToLoad(replica: CacheReplica, origin: Origin): Promise<void> {
  await replica.version.invalidate();
  origin.failure = AWAY;
  await resultAfter(origin.loadMs, replica.get());
}

function anApplicationError(kind: ErrorKind): Error {
  const { REFUSED } = defineErrors({ REFUSED: { kind, title: 'Refused', remedy: 'None', message: () => 'refused' } });
  return REFUSED.create();
}
