import { defineErrors, type ErrorKind } from '@platform/errors';
import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { TTL_MS, resultAfter, startReplicas, type CacheReplica, type Origin } from './testing';

const STALE_MS = cachePolicy.staleWhileRevalidateSeconds * 1_000;
const STALE_IF_ERROR_MS = cachePolicy.staleIfErrorSeconds * 1_000;
const DATABASE_ERROR = new Error('the database is unavailable');

describe('response cache, stale responses', () => {
  useVirtualTime();

  it('stale-while-revalidate: a stale response is served at once and reloaded in the background', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    origin.content = 'second';
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'revalidating', ttlSeconds: 0 });
    await advance(origin.loadMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', kind: 'hit' });
    expect(origin.loads).toBe(2);
  });

  it('stale-while-revalidate: callers during the reload cause no further load', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    await resultAfter(0, Promise.all([first.get(), first.get(), first.get()]));
    expect(origin.loads).toBe(2);
  });

  it('stale-while-revalidate: a failed reload is no error, and the stale response is still served', async () => {
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS);
    origin.failure = DATABASE_ERROR;
    await first.get();
    await advance(origin.loadMs + cachePolicy.failureBackoffMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'revalidating' });
  });

  it.each([
    [STALE_MS - 1, 'first'],
    [STALE_MS, 'second'],
  ])('stale-while-revalidate: %d ms after its expiry, a caller gets the %s response', async (staleForMs, text) => {
    const { origin, first, replicas } = await startWithResponse();
    for (const { version } of replicas) version.onApplicationShutdown(); // fewer timers
    await advance(TTL_MS + staleForMs);
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text });
  });

  it.each<[string, (replica: CacheReplica) => unknown]>([
    ['is unavailable', ({ redis }) => redis.becomeUnavailable()],
    ['refuses commands', ({ redis }) => redis.refused.add('SET')],
  ])('stale-while-revalidate: if Redis %s, a caller waits, because an invalidation may be missed', async (_, fail) => {
    const { origin, first } = await startWithResponse();
    await fail(first);
    await resultAfter(origin.loadMs, first.get('/another')); // detects the refusal
    await advance(TTL_MS);
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('stale-if-error: a response outdated by a change is served while the database is unavailable', async () => {
    const { origin, first } = await startWithResponse();
    await first.version.invalidate();
    origin.failure = DATABASE_ERROR;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
  });

  it('stale-if-error: an outdated response in Redis is served if L1 has none', async () => {
    const { origin, second } = await startWithResponse();
    await second.version.invalidate();
    origin.failure = DATABASE_ERROR;
    const response = await resultAfter(origin.loadMs, second.get());
    expect(response).toMatchObject({ text: 'first', tier: 'redis', kind: 'outage' });
  });

  it('stale-if-error: after staleIfErrorSeconds the error is thrown', async () => {
    const { origin, first } = await startWithResponse();
    first.redis.becomeUnavailable();
    origin.failure = DATABASE_ERROR;
    first.clock.aheadMs = TTL_MS + STALE_IF_ERROR_MS - origin.loadMs - 1;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    first.clock.aheadMs += 1;
    await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(DATABASE_ERROR);
  });

  it('stale-if-error: without a response the error is thrown', async () => {
    const { origin, first } = await startWithResponse();
    origin.failure = DATABASE_ERROR;
    await expect(resultAfter(origin.loadMs, first.get('/another'))).rejects.toBe(DATABASE_ERROR);
  });

  it.each<ErrorKind>(['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'])(
    'stale-if-error: the application error "%s" is a server error (RFC 5861)',
    async (kind) => {
      const { origin, first } = await startWithResponse();
      await first.version.invalidate();
      origin.failure = createApplicationError(kind);
      expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    },
  );

  it.each<ErrorKind>(['not-found', 'invalid'])(
    'eviction: the application error "%s" is thrown, and evicts the response from L1 and Redis',
    async (kind) => {
      const { redis, origin, first } = await startWithResponse();
      await first.version.invalidate();
      const error = createApplicationError(kind);
      origin.failure = error;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(error);
      expect(redis.responseKeys()).toEqual([]);
      origin.failure = DATABASE_ERROR;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(DATABASE_ERROR);
    },
  );

  it('eviction: a response that only Redis has is evicted too', async () => {
    const { redis, origin, second } = await startWithResponse();
    await second.version.invalidate();
    origin.failure = createApplicationError('not-found');
    await expect(resultAfter(origin.loadMs, second.get())).rejects.toBe(origin.failure);
    expect(redis.responseKeys()).toEqual([]);
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

  it('failure backoff: loads continue in the background, and the first success ends it', async () => {
    const { origin, first } = await startWithResponse();
    await failToLoad(first, origin);
    origin.failure = undefined;
    origin.content = 'second';
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    await advance(origin.loadMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', kind: 'hit' });
  });

  it('failure backoff: applies to one URL', async () => {
    const { origin, first } = await startWithResponse();
    await resultAfter(origin.loadMs, first.get('/another'));
    await failToLoad(first, origin);
    origin.failure = undefined;
    expect(await resultAfter(origin.loadMs, first.get('/another'))).toMatchObject({ kind: 'miss' });
  });

  it('failure backoff: the stored failures are bounded by bytes', async () => {
    const { origin, first } = await startWithResponse();
    origin.loadMs = 1;
    await failToLoad(first, origin);
    const longUrl = (at: number) => `/${at}`.padEnd(cachePolicy.maxFailureBackoffBytes / 4, '-');
    const failing = Array.from({ length: 4 }, (_, at) => first.get(longUrl(at)));
    await resultAfter(origin.loadMs, Promise.allSettled(failing));
    origin.loadMs = Infinity;
    await expect(resultAfter(1, first.get())).rejects.toThrow('still pending');
  });
});

/** Starts replicas. The first has the response in L1, and Redis has it too. */
async function startWithResponse() {
  const { redis, origin, replicas } = await startReplicas();
  const [first, second] = replicas;
  await resultAfter(origin.loadMs, first.get());
  return { redis, origin, replicas, first, second };
}

/** Outdates the response, and lets its reload fail. */
async function failToLoad(replica: CacheReplica, origin: Origin): Promise<void> {
  await replica.version.invalidate();
  origin.failure = DATABASE_ERROR;
  await resultAfter(origin.loadMs, replica.get());
}

function createApplicationError(kind: ErrorKind): Error {
  const { REFUSED } = defineErrors({ REFUSED: { kind, title: 'Refused', remedy: 'None', message: () => 'refused' } });
  return REFUSED.create();
}
