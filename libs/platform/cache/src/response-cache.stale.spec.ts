import type { ErrorKind } from '@platform/errors';
import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import {
  createApplicationError,
  TTL_MS,
  resultAfter,
  startReplicas,
  type CacheReplica,
  type Origin,
  type TestChangeLog,
} from './testing';

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
    const { origin, first } = await startWithResponse();
    await advance(TTL_MS + staleForMs);
    origin.content = 'second';
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text });
  });

  it('stale-while-revalidate: works without Redis, because changes are read from the log', async () => {
    const { origin, first } = await startWithResponse();
    first.redis.isAvailable = false;
    await advance(TTL_MS);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'revalidating' });
    await advance(origin.loadMs);
  });

  it('stale-while-revalidate: a stale response that a change has outdated is not served during its reload', async () => {
    const { origin, log, first } = await startWithResponse();
    await advance(TTL_MS);
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('stale-while-revalidate: while the log cannot be read, a caller waits for the reload', async () => {
    const { origin, log, first } = await startWithResponse();
    await advance(TTL_MS);
    loseLog(first);
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('asleep: a process that was asleep reads the log before it serves a stored response', async () => {
    const { origin, log, first, second } = await startWithResponse();
    await second.get();
    for (const { validity } of [first, second]) validity.isCurrent = false;
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', tier: 'process', kind: 'hit' });
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'second', kind: 'miss' });
    expect([first.validity.refreshes, second.validity.refreshes]).toEqual([1, 1]);
  });

  it('asleep: a current process does not read the log before it serves', async () => {
    const { origin, log, first } = await startWithResponse();
    await first.get();
    log.change('apples');
    await resultAfter(origin.loadMs, first.get());
    expect(first.validity.refreshes).toBe(0);
  });

  it('log unreadable: peek returns nothing until the log can be read', async () => {
    const { first } = await startWithResponse();
    expect(first.peek()).toBe('first');
    loseLog(first);
    expect(first.peek()).toBeUndefined();
    await first.get();
    expect(first.peek()).toBeUndefined();
    first.validity.isUnreadable = false;
    await first.get();
    expect(first.peek()).toBe('first');
  });

  it.each([
    ['L1', 'process'],
    ['Redis', 'redis'],
  ] as const)('log unreadable: a fresh response in %s is served as an outage', async (_, tier) => {
    const { origin, first, second } = await startWithResponse();
    const replica = tier === 'process' ? first : second;
    loseLog(replica);
    expect(await resultAfter(0, replica.get())).toMatchObject({ text: 'first', tier, kind: 'outage' });
    expect(origin.loads).toBe(1);
  });

  it('log unreadable: a response is loaded if none is stored, and is then served as an outage', async () => {
    const { first, origin } = await startWithResponse();
    loseLog(first);
    expect(await resultAfter(origin.loadMs, first.get('/another'))).toMatchObject({ kind: 'miss', isStored: true });
    expect(await resultAfter(0, first.get('/another'))).toMatchObject({ kind: 'outage' });
  });

  it('log unreadable: a response of a process that is ahead is served only if none can be loaded', async () => {
    const { origin, log, first, second } = await startWithResponse();
    loseLog(second);
    log.change('apples');
    await resultAfter(origin.loadMs, first.get());
    origin.content = 'third';
    expect(await resultAfter(origin.loadMs, second.get())).toMatchObject({ text: 'third', kind: 'miss' });
  });

  it('log unreadable: a response that another replica has renewed is not served as a miss', async () => {
    const { origin, log, first, second } = await startWithResponse();
    await second.get();
    await advance(TTL_MS);
    await first.get();
    await advance(origin.loadMs); // Redis has a fresh response
    loseLog(second);
    origin.content = 'second';
    log.change('apples');
    const response = await resultAfter(origin.loadMs, second.get());
    expect(response).not.toMatchObject({ text: 'first', kind: 'miss' });
  });

  it('stale-if-error: a response outdated by a change is served while the database is unavailable', async () => {
    const { origin, log, first } = await startWithResponse();
    log.change('apples');
    origin.failure = DATABASE_ERROR;
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
  });

  it('stale-if-error: an outdated response in Redis is served if L1 has none', async () => {
    const { origin, log, second } = await startWithResponse();
    log.change('apples');
    origin.failure = DATABASE_ERROR;
    const response = await resultAfter(origin.loadMs, second.get());
    expect(response).toMatchObject({ text: 'first', tier: 'redis', kind: 'outage' });
  });

  it('stale-if-error: after staleIfErrorSeconds the error is thrown', async () => {
    const { origin, first } = await startWithResponse();
    first.redis.isAvailable = false;
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
      const { origin, log, first } = await startWithResponse();
      log.change('apples');
      origin.failure = createApplicationError(kind);
      expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    },
  );

  it.each<ErrorKind>(['not-found', 'invalid'])(
    'eviction: the application error "%s" is thrown, and evicts the response from L1 and Redis',
    async (kind) => {
      const { redis, origin, log, first } = await startWithResponse();
      log.change('apples');
      const error = createApplicationError(kind);
      origin.failure = error;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(error);
      expect([redis.responseKeys(), first.validity.watchedUrls]).toEqual([[], []]);
      await advance(cachePolicy.leaseMs); // the lease of the evicted response
      origin.failure = DATABASE_ERROR;
      await expect(resultAfter(origin.loadMs, first.get())).rejects.toBe(DATABASE_ERROR);
    },
  );

  it('eviction: a response that only Redis has is evicted too', async () => {
    const { redis, origin, log, second } = await startWithResponse();
    log.change('apples');
    origin.failure = createApplicationError('not-found');
    await expect(resultAfter(origin.loadMs, second.get())).rejects.toBe(origin.failure);
    expect(redis.responseKeys()).toEqual([]);
  });

  it('failure backoff: for failureBackoffMs after a failed load, callers get the outdated response at once', async () => {
    const { origin, log, first } = await startWithResponse();
    await failToLoad(first, origin, log);
    origin.loadMs = Infinity;
    await advance(cachePolicy.failureBackoffMs - 1);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    await advance(1);
    await expect(resultAfter(1, first.get())).rejects.toThrow('still pending');
  });

  it('failure backoff: loads continue in the background, and the first success ends it', async () => {
    const { origin, log, first } = await startWithResponse();
    await failToLoad(first, origin, log);
    origin.failure = undefined;
    origin.content = 'second';
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'first', kind: 'outage' });
    await advance(origin.loadMs);
    expect(await resultAfter(0, first.get())).toMatchObject({ text: 'second', kind: 'hit' });
  });

  it('failure backoff: a change after the first success is a miss, not an outage', async () => {
    const { origin, log, first } = await startWithResponse();
    await failToLoad(first, origin, log);
    origin.failure = undefined;
    await first.get();
    await advance(origin.loadMs);
    origin.content = 'second';
    log.change('apples');
    expect(await resultAfter(origin.loadMs, first.get())).toMatchObject({ text: 'second', kind: 'miss' });
  });

  it('failure backoff: applies to one URL', async () => {
    const { origin, log, first } = await startWithResponse();
    await resultAfter(origin.loadMs, first.get('/another'));
    await failToLoad(first, origin, log);
    origin.failure = undefined;
    expect(await resultAfter(origin.loadMs, first.get('/another'))).toMatchObject({ kind: 'miss' });
  });

  it('failure backoff: the stored failures are bounded by bytes', async () => {
    const { origin, log, first } = await startWithResponse();
    origin.loadMs = 1;
    await failToLoad(first, origin, log);
    const longUrl = (at: number) => `/${at}`.padEnd(cachePolicy.maxFailureBackoffBytes / 4, '-');
    const failing = Array.from({ length: 4 }, (_, at) => first.get(longUrl(at)));
    await resultAfter(origin.loadMs, Promise.allSettled(failing));
    origin.loadMs = Infinity;
    await expect(resultAfter(1, first.get())).rejects.toThrow('still pending');
  });
});

/** Starts replicas. The first has the response in L1, and Redis has it too. */
async function startWithResponse() {
  const { redis, origin, log, replicas } = startReplicas();
  const [first, second] = replicas;
  await resultAfter(origin.loadMs, first.get());
  return { redis, origin, log, first, second };
}

/** The replica has not been able to read the log for more than a second. */
function loseLog({ validity }: CacheReplica): void {
  validity.isCurrent = false;
  validity.isUnreadable = true;
}

/** Outdates the response, and lets its reload fail. */
async function failToLoad(replica: CacheReplica, origin: Origin, log: TestChangeLog): Promise<void> {
  log.change('apples');
  origin.failure = DATABASE_ERROR;
  await resultAfter(origin.loadMs, replica.get());
}
