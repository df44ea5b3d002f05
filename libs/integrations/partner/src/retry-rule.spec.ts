import { assert, boolean, constantFrom, double, integer, property } from 'fast-check';
import { partnerPolicyFor } from './partner.policy';
import { isTransient, pauseBeforeRetryMs } from './retry-rule';

const policy = partnerPolicyFor({});
const NOW_MS = Date.UTC(2026, 10, 1);
const call = { isIdempotent: true, tries: 1, leftMs: 8_000 };
const chance = { random: 0.5, nowMs: NOW_MS };
const status = (code: number, retryAfter?: string) => ({ status: code, retryAfter });

describe('retry rule', () => {
  it.each([
    { failure: 'not-connected' },
    { failure: 'reset' },
    ...[408, 425, 429, 500, 502, 503, 504].map((s) => status(s)),
  ])('retry: %j is followed by another try', (failed) => {
    expect(pauseBeforeRetryMs(policy, call, failed as never, chance)).toBe(25);
  });

  it.each([{ failure: 'timeout' }, { failure: 'broken-off' }, { failure: 'too-large' }, status(501), status(400)])(
    'retry: after %j there is no other try',
    (failed) => {
      expect(pauseBeforeRetryMs(policy, call, failed as never, chance)).toBeUndefined();
    },
  );

  it('retry: there is none if a repetition could do harm, or after maxTries', () => {
    expect(pauseBeforeRetryMs(policy, { ...call, isIdempotent: false }, status(503), chance)).toBeUndefined();
    expect(pauseBeforeRetryMs(policy, { ...call, tries: 3 }, status(503), chance)).toBeUndefined();
  });

  it('Retry-After: seconds and dates are honoured, and beyond the deadline there is no other try', () => {
    expect(pauseBeforeRetryMs(policy, call, status(429, '2'), chance)).toBe(2_025);
    expect(pauseBeforeRetryMs(policy, call, status(503, 'Sun, 01 Nov 2026 00:00:03 GMT'), chance)).toBe(3_025);
    expect(pauseBeforeRetryMs(policy, call, status(503, 'Sun, 01 Nov 2020 00:00:03 GMT'), chance)).toBe(25);
    expect(pauseBeforeRetryMs(policy, call, status(429, ' 2\t'), chance)).toBe(2_025);
    for (const late of ['60', '99999999999', '9'.repeat(400)])
      expect(pauseBeforeRetryMs(policy, call, status(429, late), chance)).toBeUndefined();
    for (const odd of ['soon', '-1', '1.5', '', ' '])
      expect(pauseBeforeRetryMs(policy, call, status(429, odd), chance)).toBe(25);
  });

  it('retry: there is none after the deadline, nor more than maxTries', () => {
    const failures = constantFrom(status(500), status(429, '1'), status(503, '7'), { failure: 'reset' as const });
    const times = integer({ min: 0, max: 10_000 });
    assert(
      property(
        boolean(),
        integer({ min: 1, max: 5 }),
        times,
        failures,
        double({ min: 0, max: 0.99, noNaN: true }),
        (isIdempotent, tries, leftMs, failed, random) => {
          const pauseMs = pauseBeforeRetryMs(policy, { isIdempotent, tries, leftMs }, failed, {
            random,
            nowMs: NOW_MS,
          });
          return pauseMs === undefined || (isIdempotent && tries < policy.maxTries && pauseMs >= 0 && pauseMs < leftMs);
        },
      ),
    );
  });

  it('full jitter: the pause is anything up to a bound that doubles, and no longer than its cap', () => {
    const { baseMs, capMs } = policy.backoff;
    const pauseMs = (tries: number, random: number) =>
      pauseBeforeRetryMs({ ...policy, maxTries: 100 }, { ...call, tries }, status(503), { random, nowMs: NOW_MS });
    const most = 1 - Number.EPSILON;
    expect([pauseMs(1, 0), pauseMs(20, 0)]).toEqual([0, 0]);
    expect([pauseMs(1, most), pauseMs(2, most)]).toEqual([baseMs - 1, 2 * baseMs - 1]);
    expect(pauseMs(20, most)).toBe(capMs - 1);
  });

  it('retry: other statuses are answers', () => {
    expect([200, 302, 400, 401, 403, 404, 409, 410, 422, 501, 505].filter(isTransient)).toEqual([]);
  });
});
