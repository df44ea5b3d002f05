import { property, assert, double } from 'fast-check';
import { readLifeSeconds, toLifetime } from './token-lifetime';

describe('expires_in', () => {
  it.each([
    [3_600, 3_600],
    ['3600', 3_600],
    [2, 2],
    [1.5, 1.5],
    ['3599.5', 3_599.5],
    [' 3600 ', 3_600],
    ['36e2', 3_600],
    [undefined, 300],
    [null, 300],
    ['', 300],
    [{}, 300],
    [[60], 300],
    [true, 300],
    [1e12, 86_400],
    ['999999999999999', 86_400],
  ])('expires_in: %j is read as %d seconds', (expiresIn, seconds) => {
    expect(readLifeSeconds(expiresIn, 300)).toBe(seconds);
  });

  it.each([0, 0.001, -1, '0', '-1', 'abc', '12abc', '1h', NaN])('expires_in: %j is no lifetime', (expiresIn) => {
    expect(readLifeSeconds(expiresIn, 300)).toBeUndefined();
  });
});

describe('token lifetime', () => {
  it.each([
    [3_600, 3_570_000, 2_700_000],
    [60, 54_000, 45_000],
    [2, 1_800, 1_500],
  ])(
    'refresh ahead: a token of %d s is refreshed before its use ends, with a reserve before expiry',
    (seconds, usableMs, refreshAfterMs) => {
      expect(toLifetime(seconds, 0)).toEqual({ usableMs, refreshAfterMs });
    },
  );

  it('refresh ahead: the refresh of any token begins while the token is usable', () => {
    const lives = double({ min: 0.001, max: 86_400, noNaN: true });
    const chances = double({ min: 0, max: 0.999_999, noNaN: true });
    assert(
      property(lives, chances, (seconds, random) => {
        const { usableMs, refreshAfterMs } = toLifetime(seconds, random);
        return refreshAfterMs > 0 && refreshAfterMs < usableMs && usableMs < seconds * 1_000;
      }),
    );
  });
});
