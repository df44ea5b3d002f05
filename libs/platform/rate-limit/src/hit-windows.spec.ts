import { HitWindows, applySharedCount } from './hit-windows';

const MINUTE_MS = 60_000;

describe('rate limit window', () => {
  it('fixed window: each client has its own count, which is reset when the window ends', () => {
    const windows = new HitWindows();
    windows.at('a', 0, MINUTE_MS).count = 5;
    expect(windows.at('a', MINUTE_MS - 1, MINUTE_MS)).toMatchObject({ count: 5, endsAtMs: MINUTE_MS });
    expect(windows.at('b', 0, MINUTE_MS).count).toBe(0);
    expect(windows.at('a', MINUTE_MS, MINUTE_MS)).toMatchObject({ count: 0, endsAtMs: 2 * MINUTE_MS });
  });

  it('LRU eviction: the window of the least recently counted client is evicted', () => {
    const windows = new HitWindows(2);
    for (const client of ['a', 'b', 'a', 'c']) windows.at(client, 0, MINUTE_MS).count += 1;
    expect(['a', 'c'].map((client) => windows.at(client, 1, MINUTE_MS).count)).toEqual([2, 1]);
    expect(windows.at('b', 1, MINUTE_MS).count).toBe(0);
  });
});

describe('shared rate limit count', () => {
  it('shared count: a window takes the shared count and end, plus its own unreported hits', () => {
    const window = { count: 3, endsAtMs: 60, sharedAtMs: -Infinity, unreported: 2 };
    applySharedCount(window, { count: 7, endsAtMs: 40 }, 11);
    expect(window).toEqual({ count: 9, endsAtMs: 40, sharedAtMs: 11, unreported: 2 });
  });

  it('shared count: a lower shared count does not reduce the local one', () => {
    const window = { count: 9, endsAtMs: 60, sharedAtMs: -Infinity, unreported: 0 };
    applySharedCount(window, { count: 1, endsAtMs: 90 }, 11);
    expect(window).toEqual({ count: 9, endsAtMs: 60, sharedAtMs: 11, unreported: 0 });
  });
});
