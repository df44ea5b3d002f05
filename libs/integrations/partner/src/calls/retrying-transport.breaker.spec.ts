import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { HANG, OK, UNAVAILABLE, setUpPartner, settled, type PartnerScene, type Reply } from '../testing';

const NOT_FOUND = { status: 404 };

describe('retrying transport: circuit breaker', () => {
  useVirtualTime();
  let logs: string[];
  beforeEach(() => (logs = captureLogs()));
  afterEach(() => void jest.restoreAllMocks());

  it('breaker: it stays closed below the minimum number of calls, and opens at it', async () => {
    const scene = setUpPartner();
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.minCalls - 1);
    expect(scene.transport.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: it opens if more than failureShare of the calls failed', async () => {
    const scene = setUpPartner();
    await callEach(scene, OK, 6);
    await callEach(scene, UNAVAILABLE, 6);
    expect(scene.transport.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: only the most recent calls count', async () => {
    const scene = setUpPartner();
    const { calls, failureShare } = scene.policy.breaker;
    await callEach(scene, OK, 2 * calls);
    await callEach(scene, UNAVAILABLE, calls * failureShare);
    expect(scene.transport.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: a call counts once, regardless of its number of attempts', async () => {
    const scene = setUpPartner({ numbers: { retryBudgetPercent: 100 } });
    const calls = scene.policy.breaker.minCalls - 1;
    await callEach(scene, UNAVAILABLE, calls);
    expect(scene.outbound.requests.length).toBeGreaterThan(calls);
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it.each<Reply>([UNAVAILABLE, { failure: 'not-connected' }, { failure: 'truncated' }, HANG, { status: 429 }])(
    'breaker: %j counts as a failure',
    async (reply) => {
      const scene = setUpPartner();
      await callEach(scene, reply, scene.policy.breaker.minCalls);
      expect(scene.transport.isCircuitOpen).toBe(true);
    },
  );

  it.each<Reply>([NOT_FOUND, { status: 401 }, { status: 501 }])('breaker: %j counts as a success', async (reply) => {
    const scene = setUpPartner();
    await callEach(scene, reply, 5);
    await callEach(scene, UNAVAILABLE, 4);
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it('breaker: a response that is too large does not count', async () => {
    const scene = setUpPartner();
    await callEach(scene, { failure: 'too-large' }, scene.policy.breaker.calls);
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.minCalls - 1);
    expect(scene.transport.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: an aborted call does not count', async () => {
    const scene = setUpPartner();
    scene.outbound.replies(HANG);
    for (let at = 0; at < scene.policy.breaker.calls; at++) {
      const client = new AbortController();
      scene.call({ signal: client.signal });
      await advance(100);
      client.abort(new Error('the client disconnected'));
    }
    await advance(0);
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent late and timed out does not count', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene) + 1;
    await callEach(scene, HANG, scene.policy.breaker.calls);
    expect(scene.outbound.requests).toHaveLength(scene.policy.breaker.calls);
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent promptly and timed out counts', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene);
    await callEach(scene, HANG, scene.policy.breaker.minCalls);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: a call that waited for another token after a 401 and timed out does not count', async () => {
    const scene = setUpPartner();
    scene.outbound.replies(HANG);
    for (let at = 0; at < scene.policy.breaker.calls; at++) {
      scene.outbound.repliesOnce({ status: 401, afterMs: lateMs(scene) + 1 });
      scene.call();
      await advance(scene.policy.deadlineMs);
      scene.tokens.rejected.length = 0;
    }
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.calls / 2);
    expect(scene.transport.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent late counts if the response is a failure', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene) + 1;
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.minCalls);
    expect(scene.transport.isCircuitOpen).toBe(true);
  });

  it('breaker: while it is open, calls fail at once without a request', async () => {
    const scene = await setUpOpenBreaker();
    const before = scene.outbound.requests.length;
    const failed = scene.call();
    await advance(scene.policy.breaker.openMs - 1);
    const last = scene.call();
    await advance(0);
    for (const call of [failed, last])
      expect(call).toMatchObject({ error: { name: 'partner-unavailable' }, afterMs: 0 });
    expect(scene.outbound.requests).toHaveLength(before);
    expect(await scene.metric('farmlokal_partner_call_seconds_count', { outcome: 'not-sent' })).toBe(2);
  });

  it('breaker: its state is in the health report, the metrics and the log', async () => {
    const scene = setUpPartner();
    const isOpen = () => scene.metric('farmlokal_partner_breaker_open');
    expect([scene.health.health().status, await isOpen()]).toEqual(['up', 0]);
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.minCalls);
    expect([scene.health.health().status, await isOpen()]).toEqual(['degraded', 1]);
    await advance(scene.policy.breaker.openMs);
    await callEach(scene, OK, 1);
    expect([scene.health.health().status, await isOpen()]).toEqual(['up', 0]);
    expect(logs).toEqual([
      'warn the circuit breaker of the partner is open',
      'log the circuit breaker of the partner is closed again',
    ]);
  });

  it('health: without a partner it is up, and reports that it is not configured', () => {
    expect(setUpPartner({ isConfigured: false }).health.health()).toEqual({
      status: 'up',
      mode: 'not configured; availability is read from the catalogue',
    });
  });

  it('shutdown: the connections to the partner are closed', async () => {
    const { transport, outbound } = setUpPartner();
    await transport.onApplicationShutdown();
    expect(outbound.isClosed).toBe(true);
  });
});

/** Sends calls one after another; each receives the same reply. */
async function callEach(scene: PartnerScene, reply: Reply, count: number): Promise<void> {
  scene.outbound.replies(reply);
  for (let at = 0; at < count; at++) await settled(scene.call());
}

async function setUpOpenBreaker(): Promise<PartnerScene> {
  const scene = setUpPartner();
  await callEach(scene, UNAVAILABLE, scene.policy.breaker.minCalls);
  return scene;
}

/** Returns the longest wait in this process after which a call still counts as prompt. */
function lateMs({ policy }: PartnerScene): number {
  return Math.round(policy.deadlineMs * (1 - policy.promptShare));
}
