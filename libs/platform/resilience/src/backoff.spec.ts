import { fullJitterMs } from './backoff';

const backoff = { baseMs: 1_000, capMs: 900_000 };

describe('backoff', () => {
  it('full jitter: the delay is between 0 and a bound that doubles with each failure up to the cap', () => {
    const longest = [1, 2, 3, 4, 11, 25, 2_000].map((failures) => fullJitterMs(backoff, failures, 0.999_999_9));
    expect(longest).toEqual([999, 1_999, 3_999, 7_999, 899_999, 899_999, 899_999]);
    expect(fullJitterMs(backoff, 25, 0)).toBe(0);
    expect(fullJitterMs(backoff, 3, 0.5)).toBe(2_000);
  });
});
