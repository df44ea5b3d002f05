import { assert, boolean, constantFrom, double, integer, property } from 'fast-check';
import { partnerPolicyFor } from '../partner.policy';
import { isTransient, pauseBeforeRetryMs } from './retry-rule';

const policy = partnerPolicyFor({});
const NOW_MS = Date.UTC(2026, 10, 1);
const call = { isIdempotent: true, attempts: 1, remainingMs: 8_000 };
const timing = { random: 0.5, nowMs: NOW_MS };
const status = (code: number, retryAfter?: string) => ({ status: code, retryAfter });

describe('retry rule', () => {
  it.each([
    { failure: 'not-connected' },
    { failure: 'reset' },
    ...[408, 425, 429, 500, 502, 503, 504].map((s) => status(s)),
  ])('retry: %j is retried', (failed) => {
    expect(pauseBeforeRetryMs(policy, call, failed as never, timing)).toBe(25);
  });

  it.each([{ failure: 'timeout' }, { failure: 'truncated' }, { failure: 'too-large' }, status(501), status(400)])(
    'retry: %j is not retried',
    (failed) => {
      expect(pauseBeforeRetryMs(policy, call, failed as never, timing)).toBeUndefined();
    },
  );

  it('retry: there is none if the call is not idempotent, or after maxTries', () => {
    expect(pauseBeforeRetryMs(policy, { ...call, isIdempotent: false }, status(503), timing)).toBeUndefined();
    expect(pauseBeforeRetryMs(policy, { ...call, attempts: 3 }, status(503), timing)).toBeUndefined();
  });

  it('Retry-After: seconds and dates are honoured, and beyond the deadline there is no retry', () => {
    expect(pauseBeforeRetryMs(policy, call, status(429, '2'), timing)).toBe(2_025);
    expect(pauseBeforeRetryMs(policy, call, status(503, 'Sun, 01 Nov 2026 00:00:03 GMT'), timing)).toBe(3_025);
    expect(pauseBeforeRetryMs(policy, call, status(503, 'Sun, 01 Nov 2020 00:00:03 GMT'), timing)).toBe(25);
    expect(pauseBeforeRetryMs(policy, call, status(429, ' 2\t'), timing)).toBe(2_025);
    for (const late of ['60', '99999999999', '9'.repeat(400)])
      expect(pauseBeforeRetryMs(policy, call, status(429, late), timing)).toBeUndefined();
    for (const odd of ['soon', '-1', '1.5', '', ' '])
      expect(pauseBeforeRetryMs(policy, call, status(429, odd), timing)).toBe(25);
  });

  it('retry: there is none after the deadline or after maxTries', () => {
    const failures = constantFrom(status(500), status(429, '1'), status(503, '7'), { failure: 'reset' as const });
    const times = integer({ min: 0, max: 10_000 });
    assert(
      property(
        boolean(),
        integer({ min: 1, max: 5 }),
        times,
        failures,
        double({ min: 0, max: 0.99, noNaN: true }),
        (isIdempotent, attempts, remainingMs, failed, random) => {
          const pauseMs = pauseBeforeRetryMs(policy, { isIdempotent, attempts, remainingMs }, failed, {
            random,
            nowMs: NOW_MS,
          });
          return (
            pauseMs === undefined ||
            (isIdempotent && attempts < policy.maxTries && pauseMs >= 0 && pauseMs < remainingMs)
          );
        },
      ),
    );
  });

  it('full jitter: the pause is random up to a bound that doubles with each attempt up to its cap', () => {
    const { baseMs, capMs } = policy.backoff;
    const pauseMs = (attempts: number, random: number) =>
      pauseBeforeRetryMs({ ...policy, maxTries: 100 }, { ...call, attempts }, status(503), { random, nowMs: NOW_MS });
    const most = 1 - Number.EPSILON;
    expect([pauseMs(1, 0), pauseMs(20, 0)]).toEqual([0, 0]);
    expect([pauseMs(1, most), pauseMs(2, most)]).toEqual([baseMs - 1, 2 * baseMs - 1]);
    expect(pauseMs(20, most)).toBe(capMs - 1);
  });

  it('transient: other statuses are not', () => {
    expect([200, 302, 400, 401, 403, 404, 409, 410, 422, 501, 505].filter(isTransient)).toEqual([]);
  });
});
