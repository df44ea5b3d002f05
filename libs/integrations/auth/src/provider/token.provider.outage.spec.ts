import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, outcomesOf, type Call, type Replica } from '../testing';

const { backoff, failingWaitMs } = authPolicy;

describe('outage of the authorization server', () => {
  useVirtualTime();

  it('fail fast: after a failure, callers fail at once and cause no request', async () => {
    const { server, replica } = setUp();
    server.fails();
    await callOf(replica);
    const calls = replica.calls(50);
    await advance(0);
    expect(outcomesOf(calls)).toEqual(['token-unavailable']);
    expect(server.requests).toHaveLength(1);
  });

  it('fail fast: after the token has expired, callers wait no longer than failingWaitMs', async () => {
    const { server, replica } = setUp();
    server.grants(10);
    await callOf(replica);
    server.hangs();
    await advance(8_500); // the refresh is due
    await callOf(replica);
    await advance(5_000);
    const calls: Call[] = [];
    for (let passedMs = 0; passedMs < 10_000; passedMs += 500) {
      calls.push(replica.call());
      await advance(failingWaitMs);
      expect(outcomesOf(calls)).toEqual(['token-unavailable']);
      await advance(500 - failingWaitMs);
    }
  });

  it('fail fast: the request continues after its callers have failed, and its token is cached', async () => {
    const { server, replica } = await failedOnce();
    server.grants();
    server.latencyMs = 1_000;
    const impatient = replica.call();
    await advance(failingWaitMs - 1);
    expect(impatient.outcome).toBe('pending');
    await advance(1);
    expect(impatient.outcome).toBe('token-unavailable');
    await advance(1_000 - failingWaitMs);
    expect((await callOf(replica)).outcome).toBe('token-2');
    expect(server.requests).toHaveLength(2);
  });

  it('backoff: the pause between requests doubles up to its cap, however many callers there are', async () => {
    const { server, replica } = setUp();
    server.fails();
    const stepMs = 125;
    for (let passedMs = 0; passedMs < 15_000; passedMs += stepMs) {
      replica.calls(10);
      await advance(stepMs);
    }
    const gapsMs = server.requests.slice(1).map(({ atMs }, at) => atMs - server.requests[at]!.atMs);
    expect(gapsMs).toEqual([375, 750, 1_500, 3_000, 3_750, 3_750]); // three quarters of 500, 1,000 … 5,000
  });

  it('backoff: it starts again from its base after a success', async () => {
    const { server, replica } = await failedOnce();
    await callOf(replica);
    await advance(backoff.capMs);
    server.grants(0); // used once, so that the next call needs another token
    await callOf(replica);
    server.fails();
    await callOf(replica);
    await advance(0.75 * backoff.baseMs);
    await callOf(replica);
    expect(server.requests).toHaveLength(5);
  });

  it('recovery: callers get a token again within the cap of the backoff', async () => {
    const { server, replica } = setUp();
    server.fails();
    for (let failures = 0; failures < 10; failures++) {
      await callOf(replica);
      await advance(backoff.capMs);
    }
    await callOf(replica);
    server.grants();
    await advance(backoff.capMs);
    expect((await callOf(replica)).outcome).toBe('token-12');
  });

  it('recovery: callers wait longer than failingWaitMs again', async () => {
    const { server, replica } = await failedOnce();
    server.grants(0);
    await callOf(replica);
    server.latencyMs = failingWaitMs + 1;
    const call = replica.call();
    await advance(server.latencyMs);
    expect(call.outcome).toBe('token-3');
  });

  it('shared token: a replica in its backoff uses the token of another replica', async () => {
    const deployment = new Deployment();
    const [failing, other] = deployment.replicas(2);
    deployment.server.fails();
    await callOf(failing!);
    deployment.server.grants();
    await callOf(other!);
    expect((await callOf(failing!)).outcome).toBe('token-2');
  });

  it('lease: it is released after a failed request, so that another replica can try', async () => {
    const { server, store, replica } = setUp();
    server.fails();
    await callOf(replica);
    expect(store.leaseHolder()).toBeUndefined();
  });

  it('logging and metrics: each failed request is a warning with its reason, and counted', async () => {
    const { server, logs, replica } = setUp();
    server.fails(503, '{"error":"temporarily_unavailable"}');
    await callOf(replica);
    await callOf(replica);
    expect(logs).toEqual([
      { level: 'warn', line: expect.stringContaining('status 503, error temporarily_unavailable') as string },
    ]);
    expect(await replica.metric('farmlokal_token_requests_total')).toContainEqual({
      labels: { outcome: 'failed' },
      value: 1,
    });
  });
});

function setUp() {
  const deployment = new Deployment();
  const { server, store, logs } = deployment;
  return { server, store, logs, replica: deployment.replica() };
}

/** Sets up a replica whose first request has failed and whose backoff is over. */
async function failedOnce() {
  const scene = setUp();
  scene.server.fails();
  await callOf(scene.replica);
  await advance(backoff.baseMs);
  return scene;
}

async function callOf(replica: Replica): Promise<Call> {
  const call = replica.call();
  await advance(0);
  return call;
}
