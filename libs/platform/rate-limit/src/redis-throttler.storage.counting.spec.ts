import { Clock } from '@platform/resilience';
import { advance, useVirtualTime } from '@testing/resilience';
import { RedisThrottlerStorage, type Verdict } from './redis-throttler.storage';
import { FakeHitCounters } from './testing';

const WINDOW_MS = 60_000;
const LIMIT = 10;

describe('throttler storage', () => {
  useVirtualTime();
  let redis: FakeHitCounters;
  let storage: RedisThrottlerStorage;

  beforeEach(() => {
    redis = new FakeHitCounters();
    storage = new RedisThrottlerStorage(redis.client, new Clock());
  });

  it('verdict: hits up to the limit are admitted, and the next one is blocked until the window ends', async () => {
    const verdicts = await hitTimes(LIMIT + 1);
    expect(verdicts.map(({ isBlocked }) => isBlocked)).toEqual([...Array.from({ length: LIMIT }, () => false), true]);
    expect(verdicts.at(-1)).toEqual({ totalHits: LIMIT + 1, isBlocked: true, timeToExpire: 60, timeToBlockExpire: 60 });
  });

  it('batching: concurrent hits of one client are one command, and callers get ascending counts', async () => {
    redis.replyAfterMs = 5;
    const hits = Promise.all(Array.from({ length: 10 }, () => hit()));
    await advance(5);
    expect((await hits).map(({ totalHits }) => totalHits)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(redis.commands).toEqual([10]);
  });

  it('batching: counts follow those of other replicas', async () => {
    redis.add('a', 5, WINDOW_MS);
    const verdicts = await Promise.all([hit(), hit(), hit()]);
    expect(verdicts.map(({ totalHits }) => totalHits)).toEqual([6, 7, 8]);
  });

  it('batching: hits during a command are counted by the next one, and callers keep their order', async () => {
    redis.replyAfterMs = 5;
    const first = Promise.all([hit(), hit()]);
    await advance(1);
    const second = Promise.all([hit(), hit()]);
    await advance(10);
    expect((await first).map(({ totalHits }) => totalHits)).toEqual([1, 2]);
    expect((await second).map(({ totalHits }) => totalHits)).toEqual([3, 4]);
    expect(redis.commands).toEqual([2, 2]);
  });

  it('batching: hits of different clients are counted separately', async () => {
    const verdicts = await Promise.all([hit('a'), hit('b'), hit('a')]);
    expect(verdicts.map(({ totalHits }) => totalHits)).toEqual([1, 1, 2]);
    expect(redis.commands).toEqual([2, 1]);
  });

  it('over the limit: a client causes no command until its window ends', async () => {
    await hitTimes(LIMIT + 1);
    const sent = redis.commands.length;
    for (const { isBlocked, totalHits } of await hitTimes(1_000))
      expect([isBlocked, totalHits]).toEqual([true, LIMIT + 1]);
    await advance(WINDOW_MS - 1);
    expect(await hit()).toMatchObject({ isBlocked: true });
    expect(redis.commands).toHaveLength(sent);
    await advance(1);
    expect(await hit()).toMatchObject({ isBlocked: false, totalHits: 1 });
  });

  it('at the limit: Redis decides, not the count of this replica', async () => {
    redis.add('a', LIMIT - 1, WINDOW_MS);
    expect(await hit()).toMatchObject({ totalHits: LIMIT, isBlocked: false });
    expect(storage.stateOf('a', WINDOW_MS, LIMIT)).toBe('needs-redis');
    expect(storage.incrementSync('a', WINDOW_MS, LIMIT)).toBeUndefined();
    expect(await hit()).toMatchObject({ totalHits: LIMIT + 1, isBlocked: true });
  });

  it('at the limit: a client that exceeded it on other replicas is blocked at its first hit', async () => {
    redis.add('a', LIMIT, WINDOW_MS);
    expect(await hit()).toMatchObject({ totalHits: LIMIT + 1, isBlocked: true });
  });

  it('window: ends by the clock of Redis, not by the first hit on this replica', async () => {
    redis.add('a', 3, WINDOW_MS);
    await advance(40_000);
    expect(await hit()).toMatchObject({ totalHits: 4, timeToExpire: 20 });
    await advance(20_000);
    expect(await hit()).toMatchObject({ totalHits: 1, timeToExpire: 60 });
  });

  it('window: never lasts longer than its length, even if Redis returns a longer one', async () => {
    redis.add('a', 3, 100 * WINDOW_MS);
    expect(await hit()).toMatchObject({ timeToExpire: 60 });
  });

  it('window: a wait of less than a second is reported as one second', async () => {
    await hit();
    await advance(WINDOW_MS - 1);
    expect(await hit()).toMatchObject({ timeToExpire: 1 });
  });

  it.each([
    ['forward', Date.UTC(2100, 0)],
    ['back', 0],
  ])('wall clock: setting it %s neither ends nor prolongs a window', async (_, timeMs) => {
    await hitTimes(LIMIT + 1);
    jest.setSystemTime(timeMs);
    expect(await hit()).toMatchObject({ isBlocked: true, timeToExpire: 60 });
    await advance(WINDOW_MS);
    expect(await hit()).toMatchObject({ isBlocked: false });
  });

  it('count: is never below that of this replica, for example after Redis lost its data', async () => {
    await hitTimes(5);
    redis.clear();
    await advance(1_000);
    expect(await hit()).toMatchObject({ totalHits: 6 });
  });

  const hit = (client = 'a'): Promise<Verdict> => storage.increment(client, WINDOW_MS, LIMIT);

  async function hitTimes(count: number): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (let i = 0; i < count; i++) verdicts.push(await hit());
    return verdicts;
  }
});
