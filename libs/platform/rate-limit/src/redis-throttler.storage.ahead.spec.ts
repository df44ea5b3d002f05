import { Clock } from '@platform/resilience';
import { advance, useVirtualTime } from '@testing/resilience';
import { RedisThrottlerStorage } from './redis-throttler.storage';
import { FakeHitCounters } from './testing';

const WINDOW_MS = 60_000;
const LIMIT = 1_000;
/** A hundredth of what is left after the first hit, rounded up. */
const MAX_UNREPORTED = 10;
/** A replica gathers hits for so long before it reports them. */
const REPORT_DELAY_MS = 20;
/** A replica relies for so long on what Redis answered. */
const SHARED_COUNT_VALID_MS = 100;

describe('throttler storage', () => {
  useVirtualTime();
  let redis: FakeHitCounters;
  let storage: RedisThrottlerStorage;

  beforeEach(() => {
    redis = new FakeHitCounters();
    storage = new RedisThrottlerStorage(redis.client, new Clock());
  });

  it('without waiting: the first hit of a client has to wait, because other replicas may have counted it', () => {
    expect(hitAtOnce()).toBeUndefined();
    expect(redis.commands).toEqual([]);
  });

  it('without waiting: far below the limit, hits are admitted until a hundredth of the rest is unreported', async () => {
    await hit();
    expect(hitsAtOnce()).toBe(MAX_UNREPORTED);
  });

  it('without waiting: unreported hits are those that Redis has not confirmed, whether sent or not', async () => {
    await hit();
    hitsAtOnce();
    redis.answerAfterMs = 50;
    await advance(REPORT_DELAY_MS);
    expect(redis.commands).toEqual([1, MAX_UNREPORTED]);
    expect(hitAtOnce()).toBeUndefined();
    await advance(50);
    expect(hitAtOnce()).toMatchObject({ totalHits: 1 + MAX_UNREPORTED + 1 });
  });

  it('without waiting: near the limit, one hit at most is unreported', async () => {
    redis.add('a', LIMIT - 20, WINDOW_MS);
    await hit();
    expect(hitsAtOnce()).toBe(1);
  });

  it('without waiting: ends 100 ms after Redis answered last', async () => {
    await hit();
    await advance(SHARED_COUNT_VALID_MS - 1);
    expect(hitAtOnce()).toBeDefined();
    await advance(REPORT_DELAY_MS); // what Redis answers to the report is known again
    await advance(SHARED_COUNT_VALID_MS - 1);
    expect(storage.stateOf('a', WINDOW_MS, LIMIT)).toBe('countable');
    await advance(1);
    expect(hitAtOnce()).toBeUndefined();
  });

  it('reports: hits are gathered for 20 ms and reported by one command', async () => {
    await hit();
    for (let i = 0; i < 5; i++) hitAtOnce();
    await advance(REPORT_DELAY_MS - 1);
    expect(redis.commands).toEqual([1]);
    await advance(1);
    expect(redis.commands).toEqual([1, 5]);
  });

  it('reports: a hit that has to wait takes the gathered ones along at once', async () => {
    await hit();
    hitsAtOnce();
    expect(await hit()).toMatchObject({ totalHits: 1 + MAX_UNREPORTED + 1 });
    expect(redis.commands).toEqual([1, MAX_UNREPORTED + 1]);
    await advance(10 * REPORT_DELAY_MS);
    expect(redis.commands).toHaveLength(2);
  });

  it('reports: stateOf counts nothing and sends nothing', async () => {
    await hit();
    for (let i = 0; i < 100; i++) storage.stateOf('a', WINDOW_MS, LIMIT);
    await advance(REPORT_DELAY_MS);
    expect(redis.commands).toEqual([1]);
    expect(await hit()).toMatchObject({ totalHits: 2 });
  });

  describe('without Redis', () => {
    it('Redis lost: the replica continues the window by its own count, without commands', async () => {
      redis.add('a', LIMIT - 2, WINDOW_MS);
      await advance(30_000);
      await hit();
      redis.isAvailable = false;
      const sent = redis.commands.length;
      expect(hitAtOnce()).toMatchObject({ totalHits: LIMIT, isBlocked: false, timeToExpire: 30 });
      expect(await hit()).toMatchObject({ totalHits: LIMIT + 1, isBlocked: true, timeToExpire: 30 });
      await advance(30_000);
      expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false, timeToExpire: 60 });
      expect(redis.commands).toHaveLength(sent);
    });

    it('Redis lost: a failed command is counted by this replica, and no caller sees the failure', async () => {
      redis.isFailing = true;
      const verdicts = await Promise.all([hit(), hit(), hit()]);
      expect(verdicts.map(({ totalHits }) => totalHits)).toEqual([1, 2, 3]);
      expect(await hit()).toMatchObject({ totalHits: 4 });
    });

    it('Redis found: the higher of both counts applies', async () => {
      redis.isAvailable = false;
      for (let i = 0; i < 7; i++) hitAtOnce();
      redis.isAvailable = true;
      expect(await hit()).toMatchObject({ totalHits: 8 });
      redis.add('a', 100, WINDOW_MS);
      await advance(SHARED_COUNT_VALID_MS);
      expect(await hit()).toMatchObject({ totalHits: 102 });
    });

    it('Redis lost: the number of clients that are remembered is bounded', () => {
      redis.isAvailable = false;
      hitAtOnce();
      for (let i = 0; i < 100_000; i++) storage.incrementSync(`client ${i}`, WINDOW_MS, LIMIT);
      expect(hitAtOnce()).toMatchObject({ totalHits: 1 });
      expect(storage.incrementSync('client 99999', WINDOW_MS, LIMIT)).toMatchObject({ totalHits: 2 });
    });
  });

  const hit = () => storage.increment('a', WINDOW_MS, LIMIT);
  const hitAtOnce = () => storage.incrementSync('a', WINDOW_MS, LIMIT);

  /** How many hits are admitted before one has to wait. */
  function hitsAtOnce(): number {
    let count = 0;
    while (hitAtOnce() !== undefined) count += 1;
    return count;
  }
});
