import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { HANG, OK, setUpPartner, type PartnerScene } from '../testing';

describe('partner calls: bulkhead', () => {
  useVirtualTime();
  beforeEach(() => void captureLogs());
  afterEach(() => void jest.restoreAllMocks());

  it('bulkhead: no more than concurrentCalls are in progress in one process', async () => {
    const { outbound, call, policy } = setUpPartner();
    outbound.replies({ ...OK, afterMs: 100 });
    const calls = Array.from({ length: policy.concurrentCalls + policy.waitingCalls }, () => call());
    await advance(0);
    expect(outbound.inProgress).toBe(policy.concurrentCalls);
    await advance(1_000);
    expect(calls.map(({ response }) => response?.status)).toEqual(calls.map(() => 200));
    expect(outbound.mostInProgress).toBe(policy.concurrentCalls);
  });

  it('bulkhead: waitingCalls wait for a slot, and the next call fails at once as busy', async () => {
    const { outbound, call, metric, policy } = setUpPartner();
    outbound.replies(HANG);
    const calls = Array.from({ length: policy.concurrentCalls + policy.waitingCalls }, () => call());
    const rejected = call();
    await advance(0);
    expect(rejected).toMatchObject({ error: { name: 'partner-busy' }, afterMs: 0 });
    expect(calls.every(({ afterMs }) => afterMs === undefined)).toBe(true);
    expect(await metric('farmlokal_partner_call_seconds_count', { outcome: 'not-sent' })).toBe(1);
  });

  it('bulkhead: waiting calls are sent in FIFO order', async () => {
    const { outbound, call } = setUpPartner({ numbers: { concurrentCalls: 1 } });
    outbound.replies({ ...OK, afterMs: 100 });
    for (const requestId of ['first', 'second', 'third']) call({ requestId });
    await advance(300);
    expect(outbound.requests.map(({ headers }) => headers['x-request-id'])).toEqual(['first', 'second', 'third']);
  });

  it('bulkhead: a call waits for a slot before it requests a token', async () => {
    const { outbound, tokens, call } = setUpPartner({ numbers: { concurrentCalls: 1 } });
    outbound.replies({ ...OK, afterMs: 100 });
    call();
    call();
    await advance(0);
    expect(tokens.requests).toBe(1);
    await advance(100);
    expect(tokens.requests).toBe(2);
  });

  it('bulkhead: a call keeps its slot during all its attempts and pauses', async () => {
    const { outbound, call } = setUpPartner({ numbers: { concurrentCalls: 1 }, randomness: 0 });
    outbound.repliesOnce({ status: 503, headers: { 'retry-after': '1' } });
    call();
    call();
    await advance(999);
    expect(outbound.timesMs).toEqual([0]);
    await advance(1);
    expect(outbound.timesMs).toEqual([0, 1_000, 1_000]);
  });

  it('bulkhead: a failed call, a call without a token and an aborted call release their slots', async () => {
    const { outbound, tokens, call } = setUpPartner({ numbers: { concurrentCalls: 1, maxTries: 1 } });
    const client = new AbortController();
    outbound.repliesOnce({ status: 503 }, HANG);
    call();
    await advance(0);
    tokens.failure = new Error('no token');
    call();
    await advance(0);
    tokens.failure = undefined;
    call({ signal: client.signal });
    const next = call();
    await advance(100);
    client.abort(new Error('the client disconnected'));
    await advance(0);
    expect(next).toMatchObject({ response: { status: 200 }, afterMs: 100 });
  });

  it('bulkhead: a call that is aborted while it waits is not sent', async () => {
    const { outbound, tokens, call } = setUpPartner({ numbers: { concurrentCalls: 1 } });
    outbound.replies({ ...OK, afterMs: 100 });
    const client = new AbortController();
    call();
    const aborted = call({ signal: client.signal, requestId: 'aborted' });
    const next = call({ requestId: 'next' });
    await advance(50);
    client.abort(new Error('the client disconnected'));
    await advance(0);
    expect(aborted).toMatchObject({ error: { message: 'the client disconnected' }, afterMs: 50 });
    await advance(150);
    expect(next).toMatchObject({ response: { status: 200 }, afterMs: 200 });
    expect([tokens.requests, outbound.requests.length]).toEqual([2, 2]);
  });

  it('bulkhead: a call that is aborted while it waits leaves the queue at once', async () => {
    const scene = setUpPartner();
    scene.outbound.replies(HANG);
    const waiting = fill(scene);
    await advance(0);
    for (const client of waiting) client.abort(new Error('the client disconnected'));
    await advance(0);
    const { call, policy } = scene;
    const next = Array.from({ length: policy.waitingCalls }, () => call());
    const rejected = call();
    await advance(0);
    expect(next.every(({ error }) => error === undefined)).toBe(true);
    expect(rejected.error).toMatchObject({ name: 'partner-busy' });
  });

  it('bulkhead: a call that waited for more than half of its deadline is not sent', async () => {
    const scene = setUpPartner({ numbers: { concurrentCalls: 1 } });
    const { outbound, call, policy, metric } = scene;
    const deadlineMs = 2_000;
    const halfMs = deadlineMs * (1 - policy.minShareToSend);
    outbound.repliesOnce({ ...OK, afterMs: halfMs + 1 });
    call();
    const late = call({ deadlineMs });
    await advance(halfMs + 1);
    expect(late).toMatchObject({ error: { name: 'partner-busy' }, afterMs: halfMs + 1 });
    expect(outbound.requests).toHaveLength(1);
    expect(await metric('farmlokal_partner_call_seconds_count', { outcome: 'not-sent' })).toBe(1);
  });

  it('bulkhead: a call that waited for half of its deadline is sent with the remaining time', async () => {
    const { outbound, call, policy } = setUpPartner({ numbers: { concurrentCalls: 1 } });
    const deadlineMs = 2_000;
    outbound.repliesOnce({ ...OK, afterMs: deadlineMs / 2 }, HANG);
    call();
    const late = call({ deadlineMs });
    await advance(deadlineMs);
    expect(outbound.requests[1]).toMatchObject({ timeoutMs: deadlineMs / 2 - policy.deadlineReserveMs });
    expect(late.error).toMatchObject({ name: 'partner-timeout' });
  });
});

/** Fills all slots and the queue. Returns the clients of the waiting calls. */
function fill({ call, policy }: PartnerScene): AbortController[] {
  for (let at = 0; at < policy.concurrentCalls; at++) call();
  const clients = Array.from({ length: policy.waitingCalls }, () => new AbortController());
  for (const { signal } of clients) call({ signal });
  return clients;
}
