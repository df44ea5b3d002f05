import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { HANG, OK, UNAVAILABLE, setUpPartner } from '../testing';

const UNAUTHORIZED = { status: 401 };

describe('partner calls: token', () => {
  useVirtualTime();
  beforeEach(() => void captureLogs());
  afterEach(() => void jest.restoreAllMocks());

  it('token: the partner is never called without one', async () => {
    const { outbound, tokens, call } = setUpPartner();
    tokens.failure = new Error('no token');
    const failed = call();
    await advance(60_000);
    expect([failed.error, outbound.requests.length]).toEqual([tokens.failure, 0]);
  });

  it('401: the token is replaced once, and the call is replayed once with the new token', async () => {
    const { outbound, tokens, call } = setUpPartner();
    outbound.repliesOnce(UNAUTHORIZED);
    const replayed = call({ idempotencyKey: 'key-1' });
    await advance(0);
    expect(replayed.response).toMatchObject({ status: 200 });
    expect(tokens.rejected).toEqual(['token-1']);
    expect(outbound.requests).toMatchObject([
      { headers: { authorization: 'Bearer token-1', 'idempotency-key': 'key-1' } },
      { headers: { authorization: 'Bearer token-2', 'idempotency-key': 'key-1' } },
    ]);
  });

  it('401: after a second 401 the call is refused, and the token is not replaced again', async () => {
    const { outbound, tokens, call, metric } = setUpPartner();
    outbound.replies(UNAUTHORIZED);
    const refused = call();
    await advance(60_000);
    expect(refused.error).toMatchObject({ name: 'partner-refused' });
    expect([tokens.rejected, outbound.requests.length]).toEqual([['token-1'], 2]);
    expect(await metric('farmlokal_partner_call_seconds_count', { outcome: 'refused' })).toBe(1);
  });

  it('401: without another token the call is refused and not replayed', async () => {
    const { outbound, tokens, call } = setUpPartner();
    tokens.canReplace = false;
    outbound.replies(UNAUTHORIZED);
    const refused = call();
    await advance(60_000);
    expect(refused.error).toMatchObject({ name: 'partner-refused' });
    expect(outbound.requests).toHaveLength(1);
  });

  it('401: a POST without an idempotency key is replayed too, since the partner did not process it', async () => {
    const { outbound, call } = setUpPartner();
    outbound.repliesOnce(UNAUTHORIZED);
    const replayed = call({ method: 'POST', body: {} });
    await advance(0);
    expect(replayed.response).toMatchObject({ status: 200 });
  });

  it('401: the replay is not retried', async () => {
    const { outbound, call } = setUpPartner();
    outbound.repliesOnce(UNAUTHORIZED, UNAVAILABLE, OK);
    const replayed = call();
    await advance(60_000);
    expect(replayed.error).toMatchObject({ name: 'partner-unavailable' });
    expect(outbound.requests).toHaveLength(2);
  });

  it('403: the token is not replaced, and the call is not repeated', async () => {
    const { outbound, tokens, call } = setUpPartner();
    outbound.replies({ status: 403 });
    const refused = call();
    await advance(60_000);
    expect(refused.error).toMatchObject({ name: 'partner-refused' });
    expect([tokens.rejected, outbound.requests.length]).toEqual([[], 1]);
  });

  it('403: the call is refused even after a replacement of the token', async () => {
    const { outbound, call } = setUpPartner();
    outbound.repliesOnce(UNAUTHORIZED, { status: 403 });
    const refused = call();
    await advance(0);
    expect(refused.error).toMatchObject({ name: 'partner-refused' });
  });

  it('deadline: it includes the time for the token and its replacement', async () => {
    const { outbound, tokens, call, policy } = setUpPartner();
    tokens.delayMs = 3_000;
    outbound.repliesOnce(UNAUTHORIZED, HANG);
    const slow = call();
    await advance(policy.deadlineMs);
    expect(outbound.requests[1]!.timeoutMs).toBe(policy.deadlineMs - policy.deadlineReserveMs - 6_000);
    expect(slow.error).toMatchObject({ name: 'partner-timeout' });
  });

  it('abort: the caller ends the wait for a token', async () => {
    const { tokens, call } = setUpPartner();
    tokens.delayMs = 5_000;
    const client = new AbortController();
    const aborted = call({ signal: client.signal });
    await advance(100);
    client.abort(new Error('the client disconnected'));
    await advance(0);
    expect(aborted).toMatchObject({ error: { message: 'the client disconnected' }, afterMs: 100 });
    expect(jest.getTimerCount()).toBe(0);
  });
});
