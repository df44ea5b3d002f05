import { Clock } from '@platform/resilience';
import { advance, useVirtualTime } from '@testing/resilience';
import { RedisThrottlerStorage } from './redis-throttler.storage';
import { FakeHitCounters } from './testing';

const WINDOW_MS = 60_000;
const LIMIT = 1_000;
/** 1 % of the remaining hits after the first hit, rounded up. */
const MAX_UNREPORTED = 10;
/** Time that a replica batches hits before it reports them. */
const REPORT_DELAY_MS = 20;
/** Time that a replica relies on a reply of Redis. */
const SHARED_COUNT_VALID_MS = 100;

describe('throttler storage', () => {
  useVirtualTime();
  let redis: FakeHitCounters;
  let storage: RedisThrottlerStorage;

  beforeEach(() => {
    redis = new FakeHitCounters();
    storage = new RedisThrottlerStorage(redis.client, new Clock());
  });

  it('synchronous: the first hit of a client has to wait, because other replicas may have counted hits', () => {
    expect(hitSync()).toBeUndefined();
    expect(redis.commands).toEqual([]);
  });

  it('synchronous: far below the limit, hits are admitted until 1 % of the rest is unreported', async () => {
    await hit();
    expect(countHitsSync()).toBe(MAX_UNREPORTED);
  });

  it('synchronous: unreported hits are those that Redis has not confirmed, whether sent or not', async () => {
    await hit();
    countHitsSync();
    redis.replyAfterMs = 50;
    await advance(REPORT_DELAY_MS);
    expect(redis.commands).toEqual([1, MAX_UNREPORTED]);
    expect(hitSync()).toBeUndefined();
    await advance(50);
    expect(hitSync()).toMatchObject({ totalHits: 1 + MAX_UNREPORTED + 1 });
  });

  it('synchronous: near the limit, at most one hit is unreported', async () => {
    redis.add('a', LIMIT - 20, WINDOW_MS);
    await hit();
    expect(countHitsSync()).toBe(1);
  });

  it('synchronous: ends 100 ms after the last reply of Redis', async () => {
    await hit();
    await advance(SHARED_COUNT_VALID_MS - 1);
    expect(hitSync()).toBeDefined();
    await advance(REPORT_DELAY_MS); // the reply to the report renews the shared count
    await advance(SHARED_COUNT_VALID_MS - 1);
    expect(storage.stateOf('a', WINDOW_MS, LIMIT)).toBe('countable');
    await advance(1);
    expect(hitSync()).toBeUndefined();
  });

  it('batching: hits are batched for 20 ms and reported by one command', async () => {
    await hit();
    for (let i = 0; i < 5; i++) hitSync();
    await advance(REPORT_DELAY_MS - 1);
    expect(redis.commands).toEqual([1]);
    await advance(1);
    expect(redis.commands).toEqual([1, 5]);
  });

  it('batching: a hit that has to wait sends the batch at once', async () => {
    await hit();
    countHitsSync();
    expect(await hit()).toMatchObject({ totalHits: 1 + MAX_UNREPORTED + 1 });
    expect(redis.commands).toEqual([1, MAX_UNREPORTED + 1]);
    await advance(10 * REPORT_DELAY_MS);
    expect(redis.commands).toHaveLength(2);
  });

  it('batching: stateOf counts nothing and sends nothing', async () => {
    await hit();
    for (let i = 0; i < 100; i++) storage.stateOf('a', WINDOW_MS, LIMIT);
    await advance(REPORT_DELAY_MS);
    expect(redis.commands).toEqual([1]);
    expect(await hit()).toMatchObject({ totalHits: 2 });
  });

  describe('without Redis', () => {
    it('Redis unavailable: the replica continues the window with its own count, without commands', async () => {
      redis.add('a', LIMIT - 2, WINDOW_MS);
      await advance(30_000);
      await hit();
      redis.isAvailable = false;
      const sent = redis.commands.length;
      expect(hitSync()).toMatchObject({ totalHits: LIMIT, isBlocked: false, timeToExpire: 30 });
      expect(await hit()).toMatchObject({ totalHits: LIMIT + 1, isBlocked: true, timeToExpire: 30 });
      await advance(30_000);
      expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false, timeToExpire: 60 });
      expect(redis.commands).toHaveLength(sent);
    });

    it('Redis unavailable: hits of a failed command are counted locally, and no caller gets the error', async () => {
      redis.isFailing = true;
      const verdicts = await Promise.all([hit(), hit(), hit()]);
      expect(verdicts.map(({ totalHits }) => totalHits)).toEqual([1, 2, 3]);
      expect(await hit()).toMatchObject({ totalHits: 4 });
    });

    it('Redis available again: the higher of both counts applies', async () => {
      redis.isAvailable = false;
      for (let i = 0; i < 7; i++) hitSync();
      redis.isAvailable = true;
      expect(await hit()).toMatchObject({ totalHits: 8 });
      redis.add('a', 100, WINDOW_MS);
      await advance(SHARED_COUNT_VALID_MS);
      expect(await hit()).toMatchObject({ totalHits: 102 });
    });

    it('Redis unavailable: the number of stored clients is bounded', () => {
      redis.isAvailable = false;
      hitSync();
      for (let i = 0; i < 100_000; i++) storage.incrementSync(`client ${i}`, WINDOW_MS, LIMIT);
      expect(hitSync()).toMatchObject({ totalHits: 1 });
      expect(storage.incrementSync('client 99999', WINDOW_MS, LIMIT)).toMatchObject({ totalHits: 2 });
    });
  });

  const hit = () => storage.increment('a', WINDOW_MS, LIMIT);
  const hitSync = () => storage.incrementSync('a', WINDOW_MS, LIMIT);

  /** Returns the number of hits that are admitted before one has to wait. */
  function countHitsSync(): number {
    let count = 0;
    while (hitSync() !== undefined) count += 1;
    return count;
  }
});
