import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { ended, HANG, OK, setUpPartner, UNAVAILABLE, type PartnerScene, type Reply } from './testing';

const NOT_FOUND = { status: 404 };

describe('partner tries: circuit breaker', () => {
  useVirtualTime();
  let logs: string[];
  beforeEach(() => (logs = captureLogs()));
  afterEach(() => void jest.restoreAllMocks());

  it('breaker: it stays closed below the minimum number of calls, and opens at it', async () => {
    const scene = setUpPartner();
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.atLeastCalls - 1);
    expect(scene.tries.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.tries.isCircuitOpen).toBe(true);
  });

  it('breaker: it opens when more than its share of the calls failed', async () => {
    const scene = setUpPartner();
    await callEach(scene, OK, 6);
    await callEach(scene, UNAVAILABLE, 6);
    expect(scene.tries.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.tries.isCircuitOpen).toBe(true);
  });

  it('breaker: only the most recent calls count', async () => {
    const scene = setUpPartner();
    const { calls, failedShare } = scene.policy.breaker;
    await callEach(scene, OK, 2 * calls);
    await callEach(scene, UNAVAILABLE, calls * failedShare);
    expect(scene.tries.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.tries.isCircuitOpen).toBe(true);
  });

  it('breaker: a call counts once, however often it was tried', async () => {
    const scene = setUpPartner({ numbers: { retryBudgetPercent: 100 } });
    const calls = scene.policy.breaker.atLeastCalls - 1;
    await callEach(scene, UNAVAILABLE, calls);
    expect(scene.outbound.requests.length).toBeGreaterThan(calls);
    expect(scene.tries.isCircuitOpen).toBe(false);
  });

  it.each<Reply>([UNAVAILABLE, { failure: 'not-connected' }, { failure: 'broken-off' }, HANG, { status: 429 }])(
    'breaker: %j counts as a failure',
    async (reply) => {
      const scene = setUpPartner();
      await callEach(scene, reply, scene.policy.breaker.atLeastCalls);
      expect(scene.tries.isCircuitOpen).toBe(true);
    },
  );

  it.each<Reply>([NOT_FOUND, { status: 401 }, { status: 501 }])('breaker: %j counts as an answer', async (reply) => {
    const scene = setUpPartner();
    await callEach(scene, reply, 5);
    await callEach(scene, UNAVAILABLE, 4);
    expect(scene.tries.isCircuitOpen).toBe(false);
  });

  it('breaker: an answer that is too large does not count', async () => {
    const scene = setUpPartner();
    await callEach(scene, { failure: 'too-large' }, scene.policy.breaker.calls);
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.atLeastCalls - 1);
    expect(scene.tries.isCircuitOpen).toBe(false);
    await callEach(scene, UNAVAILABLE, 1);
    expect(scene.tries.isCircuitOpen).toBe(true);
  });

  it('breaker: a call that its caller gave up does not count', async () => {
    const scene = setUpPartner();
    scene.outbound.replies(HANG);
    for (let at = 0; at < scene.policy.breaker.calls; at++) {
      const client = new AbortController();
      scene.call({ signal: client.signal });
      await advance(100);
      client.abort(new Error('the client disconnected'));
    }
    await advance(0);
    expect(scene.tries.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent late and timed out does not count', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene) + 1;
    await callEach(scene, HANG, scene.policy.breaker.calls);
    expect(scene.outbound.requests).toHaveLength(scene.policy.breaker.calls);
    expect(scene.tries.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent promptly and timed out counts', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene);
    await callEach(scene, HANG, scene.policy.breaker.atLeastCalls);
    expect(scene.tries.isCircuitOpen).toBe(true);
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
    expect(scene.tries.isCircuitOpen).toBe(false);
  });

  it('breaker: a call that was sent late counts if the partner answers with a failure', async () => {
    const scene = setUpPartner();
    scene.tokens.delayMs = lateMs(scene) + 1;
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.atLeastCalls);
    expect(scene.tries.isCircuitOpen).toBe(true);
  });

  it('breaker: while it is open calls fail at once, without a request', async () => {
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
    await callEach(scene, UNAVAILABLE, scene.policy.breaker.atLeastCalls);
    expect([scene.health.health().status, await isOpen()]).toEqual(['degraded', 1]);
    await advance(scene.policy.breaker.openMs);
    await callEach(scene, OK, 1);
    expect([scene.health.health().status, await isOpen()]).toEqual(['up', 0]);
    expect(logs).toEqual(['warn the partner fails; it is left alone for a while', 'log the partner answers again']);
  });

  it('health: without a partner it is up, and says that there is none', () => {
    expect(setUpPartner({ isConfigured: false }).health.health()).toEqual({ status: 'up', mode: 'none is configured' });
  });

  it('shutdown: the connections to the partner are closed', async () => {
    const { tries, outbound } = setUpPartner();
    await tries.onApplicationShutdown();
    expect(outbound.isClosed).toBe(true);
  });
});

/** Makes calls one after another; each receives the same reply. */
async function callEach(scene: PartnerScene, reply: Reply, count: number): Promise<void> {
  scene.outbound.replies(reply);
  for (let at = 0; at < count; at++) await ended(scene.call());
}

async function setUpOpenBreaker(): Promise<PartnerScene> {
  const scene = setUpPartner();
  await callEach(scene, UNAVAILABLE, scene.policy.breaker.atLeastCalls);
  return scene;
}

/** How long a call may wait in this process and still be sent promptly. */
function lateMs({ policy }: PartnerScene): number {
  return Math.round(policy.deadlineMs * (1 - policy.promptShare));
}
