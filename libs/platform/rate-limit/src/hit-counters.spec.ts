import { HitCounters } from './hit-counters';

describe('hits counted in the process', () => {
  it('begin anew when their window is over', () => {
    const counters = new HitCounters();
    expect(counters.add('a', 1, 1_000, 0)).toEqual({ count: 1, endsAtMs: 1_000 });
    expect(counters.add('a', 2, 1_000, 999)).toEqual({ count: 3, endsAtMs: 1_000 });
    expect(counters.add('a', 1, 1_000, 1_000)).toEqual({ count: 1, endsAtMs: 2_000 });
  });

  it('are at least what all processes counted together', () => {
    const counters = new HitCounters();
    counters.add('a', 1, 1_000, 0);
    expect(counters.learn('a', { count: 90, endsAtMs: 500 }, 0)).toEqual({ count: 90, endsAtMs: 500 });
    expect(counters.add('a', 1, 1_000, 10)).toEqual({ count: 91, endsAtMs: 500 });
  });

  it('are not taken back by a shared count that was lost', () => {
    const counters = new HitCounters();
    counters.add('a', 80, 1_000, 0);
    expect(counters.learn('a', { count: 1, endsAtMs: 1_000 }, 10).count).toBe(80);
  });

  it('are forgotten for the clients that were silent longest, when there are too many', () => {
    const counters = new HitCounters(2);
    for (const key of ['a', 'b', 'a', 'c']) counters.add(key, 1, 1_000, 0);
    expect([counters.find('a', 1)?.count, counters.find('b', 1), counters.find('c', 1)?.count]).toEqual([
      2,
      undefined,
      1,
    ]);
  });
});
