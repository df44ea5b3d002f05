import { Clock } from '@platform/resilience';
import { advance, useVirtualTime } from '@testing/resilience';
import { RedisThrottlerStorage, type Verdict } from './redis-throttler.storage';
import { FakeHitCounters } from './testing';

const WINDOW_MS = 60_000;
const REPLICAS = 3;

describe('throttler storage', () => {
  useVirtualTime();
  let redis: FakeHitCounters;
  let replicas: RedisThrottlerStorage[];

  beforeEach(() => {
    redis = new FakeHitCounters();
    replicas = Array.from({ length: REPLICAS }, () => new RedisThrottlerStorage(redis.client, new Clock()));
  });

  it.each([
    ['at once', 0, 0],
    ['at once, with a slow Redis', 0, 25],
    ['one per millisecond', 1, 0],
    ['one per millisecond, with a slow Redis', 1, 25],
    ['one per 7 ms, with a slow Redis', 7, 25],
    ['one per 150 ms', 150, 5],
  ])('replicas: admit the limit, and at most one hit each beyond it, if hits arrive %s', async (_, gapMs, replyMs) => {
    const limit = 100;
    redis.replyAfterMs = replyMs;
    const admitted = await countAdmitted(limit, 3 * limit, gapMs);
    expect(admitted).toBeGreaterThanOrEqual(limit);
    expect(admitted).toBeLessThanOrEqual(limit + REPLICAS);
  });

  it('replicas: near the limit, each admits at most one hit without Redis', async () => {
    const limit = 100;
    redis.add('a', limit - 5, WINDOW_MS);
    redis.replyAfterMs = 5;
    const first = replicas.map((each) => each.increment('a', WINDOW_MS, limit));
    await advance(5);
    await Promise.all(first);
    const admitted = await countAdmitted(limit, 30, 0); // by the count of each replica, two hits remain
    expect(admitted).toBeGreaterThanOrEqual(2);
    expect(admitted).toBeLessThanOrEqual(2 + REPLICAS);
  });

  it('replicas: unreported hits of a replica exceed the limit by at most 1 %', async () => {
    const limit = 6_000;
    const [one, other] = replicas as [RedisThrottlerStorage, RedisThrottlerStorage];
    await one.increment('a', WINDOW_MS, limit);
    const rest = Array.from({ length: limit - 1 }, () => other.increment('a', WINDOW_MS, limit));
    let unreported = 0;
    while (one.incrementSync('a', WINDOW_MS, limit) !== undefined) unreported += 1;
    expect((await Promise.all(rest)).filter(({ isBlocked }) => isBlocked)).toEqual([]);
    expect(unreported).toBe(limit / 100);
    await advance(1_000);
    expect(await countAdmitted(limit, 30, 1)).toBe(0);
  });

  it('replicas: after the limit is exhausted, none admits a hit until the window ends', async () => {
    await countAdmitted(100, 300, 1);
    await advance(1_000);
    expect(await countAdmitted(100, 30, 1)).toBe(0);
    await advance(WINDOW_MS);
    expect(await countAdmitted(100, 30, 0)).toBe(30);
  });

  it('replicas: without Redis, each continues from its last shared count', async () => {
    await countAdmitted(30, 21, 0);
    redis.isAvailable = false;
    const admitted = await countAdmitted(30, 300, 0);
    expect(admitted).toBeLessThanOrEqual(REPLICAS * (30 - 7));
    expect(await countAdmitted(30, 30, 0)).toBe(0);
  });

  /** Sends hits of one client to the replicas, round robin. Returns the number of admitted hits. */
  async function countAdmitted(limit: number, hits: number, gapMs: number): Promise<number> {
    const verdicts: Promise<Verdict>[] = [];
    for (let i = 0; i < hits; i++) {
      verdicts.push(replicas[i % REPLICAS]!.increment('a', WINDOW_MS, limit));
      if (gapMs > 0) await advance(gapMs);
    }
    await advance(redis.replyAfterMs);
    return (await Promise.all(verdicts)).filter(({ isBlocked }) => !isBlocked).length;
  }
});
