import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { PartnerErrors } from '../partner.errors';
import { partnerPolicyFor } from '../partner.policy';
import { HANG, OK, UNAVAILABLE, setUpPartner, type Reply } from '../testing';

useVirtualTime();
beforeEach(() => void captureLogs());
afterEach(() => void jest.restoreAllMocks());

it('policy: the defaults are the documented ones', () => {
  const second = 1_000;
  expect(partnerPolicyFor({})).toMatchObject({
    connectTimeoutMs: second,
    tryTimeoutMs: 3 * second,
    deadlineMs: 8 * second,
    maxTries: 3,
    retryBudget: { perCall: 0.1 },
    maxResponseBytes: 1_000_000,
    registrationCheckMs: 60 * second,
  });
});

describe('partner calls: timeouts and deadlines', () => {
  it('timeout: an attempt without a response fails after tryTimeoutMs', async () => {
    const { outbound, call, policy } = setUpPartner();
    outbound.replies(HANG);
    const hanging = call();
    await advance(policy.deadlineMs);
    expect(hanging).toMatchObject({ error: { name: 'partner-timeout' }, afterMs: policy.tryTimeoutMs });
  });

  it('timeout: each attempt has its own, and the last one only the rest of the deadline', async () => {
    const { outbound, call, policy } = setUpPartner();
    const afterMs = policy.tryTimeoutMs - 100;
    outbound.repliesOnce({ ...UNAVAILABLE, afterMs }, { ...UNAVAILABLE, afterMs }, HANG);
    const slow = call();
    await advance(policy.deadlineMs);
    const pausesMs = policy.backoff.baseMs * (0.5 + 1);
    const restMs = policy.deadlineMs - policy.deadlineReserveMs - 2 * afterMs - pausesMs;
    expect(outbound.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([
      policy.tryTimeoutMs,
      policy.tryTimeoutMs,
      restMs,
    ]);
    expect(slow).toMatchObject({
      error: { name: 'partner-timeout' },
      afterMs: policy.deadlineMs - policy.deadlineReserveMs,
    });
  });

  it('deadline: a call ends at its deadline, even while it waits for a token', async () => {
    const { tokens, outbound, call, policy } = setUpPartner();
    tokens.delayMs = 60_000;
    const waiting = call();
    await advance(60_000);
    expect(waiting).toMatchObject({ error: { name: 'partner-timeout' }, afterMs: policy.deadlineMs });
    expect(outbound.requests).toHaveLength(0);
  });

  it('deadline: the deadline of the caller applies if it is sooner', async () => {
    const { tokens, outbound, call, policy } = setUpPartner();
    const deadlineMs = policy.availabilityDeadlineMs;
    outbound.replies(HANG);
    const sent = call({ deadlineMs });
    await advance(deadlineMs - policy.deadlineReserveMs);
    expect(sent.error).toMatchObject({ name: 'partner-timeout' });
    tokens.delayMs = 60_000;
    const waiting = call({ deadlineMs });
    await advance(60_000);
    expect(waiting.afterMs).toBe(deadlineMs);
  });

  it('deadline: the deadline of the policy applies if the deadline of the caller is later', async () => {
    const { tokens, call, policy } = setUpPartner();
    tokens.delayMs = 60_000;
    const waiting = call({ deadlineMs: 30_000 });
    await advance(60_000);
    expect(waiting.afterMs).toBe(policy.deadlineMs);
  });
});

describe('partner calls: abort', () => {
  it('abort: the caller aborts the request in progress with its own reason', async () => {
    const { outbound, call } = setUpPartner();
    outbound.replies(HANG);
    const client = new AbortController();
    const reason = new Error('the client disconnected');
    const aborted = call({ signal: client.signal });
    await advance(100);
    client.abort(reason);
    await advance(0);
    expect(aborted).toMatchObject({ error: reason, afterMs: 100 });
    expect(outbound).toMatchObject({ inProgress: 0, requests: [{ isAborted: true }] });
  });

  it('abort: the caller ends the pause before a retry', async () => {
    const { outbound, call } = setUpPartner();
    outbound.replies({ status: 503, headers: { 'retry-after': '2' } });
    const client = new AbortController();
    const aborted = call({ signal: client.signal });
    await advance(1_000);
    client.abort(new Error('the client disconnected'));
    await advance(5_000);
    expect([aborted.afterMs, outbound.requests.length]).toEqual([1_000, 1]);
  });

  it('abort: a call that is aborted before it starts is not sent', async () => {
    const { outbound, tokens, call } = setUpPartner();
    const aborted = call({ signal: AbortSignal.abort(new Error('the client disconnected')) });
    await advance(0);
    expect(aborted.error).toMatchObject({ message: 'the client disconnected' });
    expect([tokens.requests, outbound.requests.length]).toEqual([0, 0]);
  });

  it('abort: a call leaves no timer behind', async () => {
    const { call } = setUpPartner();
    call();
    await advance(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('partner calls: errors', () => {
  it.each<[string, Reply]>([
    ['partner-unavailable', UNAVAILABLE],
    ['partner-unavailable', { failure: 'not-connected' }],
    ['partner-unavailable', { failure: 'reset' }],
    ['partner-unavailable', { failure: 'truncated' }],
    ['partner-busy', { status: 429 }],
    ['partner-timeout', { failure: 'timeout' }],
    ['partner-answer-too-large', { failure: 'too-large' }],
    ['partner-refused', { status: 403 }],
  ])('error mapping: %s after %j', async (name, reply) => {
    const { outbound, call } = setUpPartner();
    outbound.replies(reply);
    const failed = call();
    await advance(1_000);
    expect(failed.error).toMatchObject({ name });
  });

  it('error mapping: each error becomes 502, 503 or 504', () => {
    const kinds = Object.fromEntries(Object.values(PartnerErrors).map(({ code, kind }) => [code, kind]));
    expect(kinds).toMatchObject({
      'partner-unavailable': 'unavailable',
      'partner-busy': 'unavailable',
      'partner-timeout': 'gateway-timeout',
      'partner-refused': 'bad-gateway',
      'partner-answer-too-large': 'bad-gateway',
    });
  });

  it('error mapping: without a partner, no request is sent', async () => {
    const { outbound, tokens, call } = setUpPartner({ isConfigured: false });
    const failed = call();
    await advance(0);
    expect(failed.error).toMatchObject({ name: 'partner-not-configured' });
    expect([tokens.requests, outbound.requests.length]).toEqual([0, 0]);
  });

  it.each([200, 201, 302, 400, 404, 409, 410, 422, 501, 505])(
    'error mapping: %d is a response that the caller evaluates',
    async (status) => {
      const { outbound, call } = setUpPartner();
      outbound.replies({ status });
      const result = call();
      await advance(0);
      expect(result.response).toMatchObject({ status });
    },
  );
});

describe('partner calls: requests', () => {
  it('headers: token, idempotency key and request id are the same in every attempt', async () => {
    const { outbound, call, policy } = setUpPartner();
    outbound.repliesOnce(UNAVAILABLE, { failure: 'reset' });
    call({ method: 'POST', body: { of: 'it' }, idempotencyKey: 'key-1', requestId: 'request-1' });
    await advance(1_000);
    const one = {
      method: 'POST',
      url: 'https://partner.example/v1/products/p-1',
      body: '{"of":"it"}',
      maxBytes: policy.maxResponseBytes,
      headers: {
        accept: 'application/json',
        authorization: 'Bearer token-1',
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
        'x-request-id': 'request-1',
      },
    };
    expect(outbound.requests).toMatchObject([one, one, one]);
  });

  it('headers: idempotency key, request id and content type are omitted if they are undefined', async () => {
    const { outbound, call } = setUpPartner();
    call();
    await advance(0);
    expect(Object.keys(outbound.requests[0]!.headers)).toEqual(['accept', 'authorization']);
    expect(outbound.requests[0]).not.toHaveProperty('body');
  });
});

describe('partner calls: metrics', () => {
  it.each<[string, Reply]>([
    ['answered', OK],
    ['answered', { status: 404 }],
    ['failed', UNAVAILABLE],
    ['failed', HANG],
    ['refused', { status: 403 }],
  ])('metrics: the outcome is %s after %j', async (outcome, reply) => {
    const { outbound, call, metric, policy } = setUpPartner();
    outbound.replies(reply);
    call();
    await advance(policy.deadlineMs);
    expect(await metric('farmlokal_partner_call_seconds_count')).toBe(1);
    expect(await metric('farmlokal_partner_call_seconds_count', { operation: 'product', outcome })).toBe(1);
  });

  it('metrics: the outcome is not-sent without a token, given-up after an abort, failed at the deadline', async () => {
    const { tokens, call, metric, policy } = setUpPartner();
    tokens.failure = new Error('no token');
    call();
    await advance(0);
    tokens.delayMs = 60_000;
    const client = new AbortController();
    call({ signal: client.signal });
    call();
    await advance(100);
    client.abort(new Error('the client disconnected'));
    await advance(policy.deadlineMs);
    const count = (outcome: string) => metric('farmlokal_partner_call_seconds_count', { outcome });
    expect([await count('not-sent'), await count('given-up'), await count('failed')]).toEqual([1, 1, 1]);
  });

  it('metrics: the duration includes all attempts and pauses, and each attempt is counted', async () => {
    const { outbound, call, metric } = setUpPartner();
    outbound.repliesOnce({ ...UNAVAILABLE, afterMs: 1_000 }, { ...UNAVAILABLE, afterMs: 1_000 });
    call();
    await advance(3_000);
    expect(await metric('farmlokal_partner_call_seconds_sum', { outcome: 'answered' })).toBeCloseTo(2.075);
    expect(await metric('farmlokal_partner_tries_total', { kind: 'first' })).toBe(1);
    expect(await metric('farmlokal_partner_tries_total', { kind: 'repeated' })).toBe(2);
  });
});
