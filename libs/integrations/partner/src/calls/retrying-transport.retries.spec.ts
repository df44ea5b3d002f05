import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { OK, UNAVAILABLE, setUpPartner, type PartnerSettings, type Reply } from '../testing';

const FAILURES: Reply[] = [
  { failure: 'not-connected' },
  { failure: 'reset' },
  ...[408, 425, 429, 500, 502, 503, 504, 507, 599].map((status) => ({ status })),
];

describe('retrying transport: retries', () => {
  useVirtualTime();
  beforeEach(() => void captureLogs());
  afterEach(() => void jest.restoreAllMocks());

  it.each(FAILURES)('retry: %j is retried, with three attempts in all', async (reply) => {
    const { outbound, policy, call } = failing(reply);
    const failed = call();
    await advance(1_000);
    expect(outbound.requests).toHaveLength(policy.maxTries);
    expect(failed.error).toBeDefined();
  });

  it('retry: the call succeeds if its last attempt does', async () => {
    const { outbound, call } = setUpPartner();
    outbound.repliesOnce({ failure: 'reset' }, UNAVAILABLE);
    const recovered = call();
    await advance(1_000);
    expect(recovered.response).toMatchObject({ status: 200 });
  });

  it.each<Reply>([
    { failure: 'timeout' },
    { failure: 'truncated' },
    { failure: 'too-large' },
    ...[302, 400, 403, 404, 409, 410, 422, 501, 505].map((status) => ({ status })),
  ])('retry: %j is not retried', async (reply) => {
    const { outbound, call } = failing(reply);
    call();
    await advance(10_000);
    expect(outbound.requests).toHaveLength(1);
  });

  it('retry: a POST is sent once without an idempotency key', async () => {
    const { outbound, call } = failing({ failure: 'reset' });
    call({ method: 'POST', body: {} });
    await advance(1_000);
    expect(outbound.requests).toHaveLength(1);
  });

  it.each(['GET', 'PUT'] as const)('retry: a %s needs no idempotency key', async (method) => {
    const { outbound, policy, call } = failing({ failure: 'reset' });
    call({ method });
    await advance(1_000);
    expect(outbound.requests).toHaveLength(policy.maxTries);
  });

  it('retry: a POST with an idempotency key is retried', async () => {
    const { outbound, policy, call } = failing({ failure: 'reset' });
    call({ method: 'POST', body: {}, idempotencyKey: 'key-1' });
    await advance(1_000);
    expect(outbound.requests).toHaveLength(policy.maxTries);
  });

  it('full jitter: pauses are random up to a bound that doubles', async () => {
    const shortest = failing(UNAVAILABLE, { randomness: 0 });
    const mean = failing(UNAVAILABLE);
    const longest = failing(UNAVAILABLE, { randomness: 1 - Number.EPSILON });
    for (const { call } of [shortest, mean, longest]) call();
    await advance(1_000);
    const { baseMs } = shortest.policy.backoff;
    expect(Math.max(...shortest.outbound.timesMs)).toBeLessThanOrEqual(2); // each timer takes up to 1 ms longer
    expect(mean.outbound.timesMs).toEqual([0, baseMs / 2, baseMs / 2 + baseMs]);
    expect(longest.outbound.timesMs).toEqual([0, baseMs - 1, baseMs - 1 + 2 * baseMs - 1]);
  });

  it('Retry-After: seconds delay the retry, with jitter on top', async () => {
    const { outbound, call, policy } = setUpPartner();
    outbound.repliesOnce({ status: 429, headers: { 'retry-after': '2' } });
    const waiting = call();
    await advance(5_000);
    expect(outbound.timesMs).toEqual([0, 2_000 + policy.backoff.baseMs / 2]);
    expect(waiting.response).toMatchObject({ status: 200 });
  });

  it('Retry-After: a date delays the retry', async () => {
    jest.setSystemTime(Date.UTC(2026, 10, 1));
    const { outbound, call } = setUpPartner({ randomness: 0 });
    outbound.repliesOnce({ status: 503, headers: { 'retry-after': 'Sun, 01 Nov 2026 00:00:03 GMT' } });
    call();
    await advance(5_000);
    expect(outbound.timesMs).toEqual([0, 3_000]);
  });

  it.each(['60', new Date(Date.UTC(2099, 0)).toUTCString()])(
    'Retry-After: beyond the deadline the call fails at once (%s)',
    async (retryAfter) => {
      const { outbound, call } = failing({ status: 429, headers: { 'retry-after': retryAfter } });
      const failed = call();
      await advance(0);
      expect(failed).toMatchObject({ error: { name: 'partner-busy' }, afterMs: 0 });
      expect(outbound.requests).toHaveLength(1);
    },
  );

  it('Retry-After: the deadline of the caller applies if it is sooner', async () => {
    const { call } = failing({ status: 503, headers: { 'retry-after': '2' } });
    const failed = call({ deadlineMs: 1_500 });
    await advance(0);
    expect(failed).toMatchObject({ error: { name: 'partner-unavailable' }, afterMs: 0 });
  });

  it('retry budget: if it is exhausted there are no retries, and each call adds its share', async () => {
    const scene = failing(UNAVAILABLE, { numbers: { retryBudgetPercent: 50 } });
    const { initial, perCall } = scene.policy.retryBudget;
    expect([initial, perCall]).toEqual([3, 0.5]);
    expect(await attemptsOfCalls(scene, 4)).toEqual([3, 3, 1, 2]); // the budget is 1.5, 0, 0.5 and 0 afterwards
  });

  it('retry budget: successful calls refill it', async () => {
    const scene = failing(UNAVAILABLE);
    expect(await attemptsOfCalls(scene, 3)).toEqual([3, 2, 1]);
    scene.outbound.replies(OK);
    await attemptsOfCalls(scene, 10);
    scene.outbound.replies(UNAVAILABLE);
    expect(await attemptsOfCalls(scene, 1)).toEqual([2]);
  });

  it('retry budget: a call that is not retried takes nothing from it', async () => {
    const scene = failing({ status: 429, headers: { 'retry-after': '60' } });
    await attemptsOfCalls(scene, 3);
    scene.outbound.replies(UNAVAILABLE);
    expect(await attemptsOfCalls(scene, 1)).toEqual([scene.policy.maxTries]);
  });

  it('retry budget: without a budget there are no retries', async () => {
    const scene = failing(UNAVAILABLE, { numbers: { retryBudgetPercent: 0 } });
    expect(await attemptsOfCalls(scene, 3)).toEqual([1, 1, 1]);
  });
});

function failing(reply: Reply, settings: PartnerSettings = {}) {
  const scene = setUpPartner(settings);
  scene.outbound.replies(reply);
  return scene;
}

/** Returns the number of attempts of each of several calls, sent one after another. */
async function attemptsOfCalls({ outbound, call }: ReturnType<typeof failing>, count: number): Promise<number[]> {
  const attempts: number[] = [];
  for (let at = 0; at < count; at++) {
    const before = outbound.requests.length;
    call();
    await advance(1_000);
    attempts.push(outbound.requests.length - before);
  }
  return attempts;
}
