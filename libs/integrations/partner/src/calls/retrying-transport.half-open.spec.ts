import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { HANG, OK, UNAVAILABLE, setUpPartner, settled, type PartnerScene, type Reply } from '../testing';

describe('retrying transport: half-open circuit breaker', () => {
  useVirtualTime();
  let scene: PartnerScene;
  beforeEach(async () => {
    captureLogs();
    scene = setUpPartner();
    await openBreaker();
    await advance(scene.policy.breaker.openMs);
    scene.outbound.requests.length = 0;
  });
  afterEach(() => void jest.restoreAllMocks());

  it('half-open: one call is sent as a probe, and others fail until it has ended', async () => {
    scene.outbound.replies({ ...OK, afterMs: 500 });
    const probe = scene.call();
    const others = [scene.call(), scene.call()];
    await advance(499);
    others.push(scene.call());
    await advance(0);
    for (const other of others) expect(other).toMatchObject({ error: { name: 'partner-unavailable' }, afterMs: 0 });
    await advance(1);
    expect(probe.response).toMatchObject({ status: 200 });
    expect(scene.outbound.requests).toHaveLength(1);
  });

  it('half-open: a successful probe closes the breaker and resets the failures', async () => {
    scene.outbound.replies(OK);
    await settled(scene.call());
    expect(scene.transport.isCircuitOpen).toBe(false);
    scene.outbound.replies(UNAVAILABLE);
    for (let at = 0; at < scene.policy.breaker.minCalls - 2; at++) await settled(scene.call());
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it.each<Reply>([UNAVAILABLE, HANG, { failure: 'not-connected' }])(
    'half-open: a probe that ends with %j opens the breaker for another period',
    async (reply) => {
      scene.outbound.replies(reply);
      await settled(scene.call());
      const sent = scene.outbound.requests.length;
      scene.outbound.replies(OK);
      await advance(scene.policy.breaker.openMs - 1);
      expect((await settled(scene.call())).error).toMatchObject({ name: 'partner-unavailable' });
      expect(scene.outbound.requests).toHaveLength(sent);
      await advance(1);
      expect((await settled(scene.call())).response).toMatchObject({ status: 200 });
    },
  );

  it('half-open: a probe is completed even if its caller aborts, and others fail meanwhile', async () => {
    scene.outbound.replies({ ...OK, afterMs: 500 });
    const client = new AbortController();
    const aborted = scene.call({ signal: client.signal });
    await advance(100);
    client.abort(new Error('the client disconnected'));
    await advance(0);
    expect(aborted).toMatchObject({ error: { message: 'the client disconnected' }, afterMs: 100 });
    expect((await settled(scene.call())).error).toMatchObject({ name: 'partner-unavailable' });
    expect(scene.outbound.requests).toMatchObject([{ isAborted: false }]);
    await advance(400);
    expect([scene.transport.isCircuitOpen, scene.outbound.requests.length]).toEqual([false, 1]);
  });

  it('half-open: a probe whose caller has aborted opens the breaker again if it fails', async () => {
    scene.outbound.replies(HANG);
    const client = new AbortController();
    scene.call({ signal: client.signal });
    await advance(100);
    client.abort(new Error('the client disconnected'));
    await advance(scene.policy.tryTimeoutMs);
    expect((await settled(scene.call())).error).toMatchObject({ name: 'partner-unavailable' });
    expect(scene.outbound.requests).toHaveLength(1);
  });

  it('half-open: a probe that was sent late and timed out opens the breaker again', async () => {
    scene.outbound.replies(HANG);
    scene.tokens.delayMs = scene.policy.deadlineMs / 2;
    await settled(scene.call());
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('half-open: a probe ends with the deadline of its call', async () => {
    scene.outbound.replies(HANG);
    await settled(scene.call({ deadlineMs: 1_000 }));
    expect(scene.outbound.requests).toMatchObject([{ timeoutMs: 1_000 - scene.policy.deadlineReserveMs }]);
    expect(scene.outbound.inProgress).toBe(0);
  });

  it('order: the breaker comes after the token, so that a call without a token is not the probe', async () => {
    scene.outbound.replies({ ...OK, afterMs: 500 });
    scene.tokens.failure = new Error('no token');
    expect((await settled(scene.call())).error).toBe(scene.tokens.failure);
    scene.tokens.failure = undefined;
    scene.call();
    scene.call();
    await advance(0);
    expect(scene.outbound.requests).toHaveLength(1);
  });

  it('half-open: a call that started before the breaker opened and fails during the probe does not count', async () => {
    scene = setUpPartner();
    const straggler = await openBreaker(async () => {
      const { openMs } = scene.policy.breaker;
      scene.outbound.repliesOnce({ status: 500, headers: { 'retry-after': '60' }, afterMs: openMs + 400 });
      const call = scene.call();
      await advance(0);
      return call;
    });
    await advance(scene.policy.breaker.openMs);
    scene.outbound.replies({ ...OK, afterMs: 500 });
    const probe = scene.call();
    await advance(500);
    expect(straggler!.error).toMatchObject({ name: 'partner-unavailable' });
    expect(probe.response).toMatchObject({ status: 200 });
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it('monotonic: a wall clock that is set back does not keep the breaker open', async () => {
    scene = setUpPartner();
    await openBreaker();
    jest.setSystemTime(Date.now() - 3_600_000);
    await advance(scene.policy.breaker.openMs);
    scene.outbound.replies(OK);
    expect((await settled(scene.call())).response).toMatchObject({ status: 200 });
  });

  /** Opens the breaker. `before` runs while it is still closed. */
  async function openBreaker<T>(before?: () => Promise<T>): Promise<T | undefined> {
    const result = await before?.();
    scene.outbound.replies(UNAVAILABLE);
    for (let at = 0; at < scene.policy.breaker.minCalls; at++) await settled(scene.call());
    expect(scene.transport.isCircuitOpen).toBe(true);
    return result;
  }
});
