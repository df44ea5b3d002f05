import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, outcomesOf, type Call, type Replica } from '../testing';

const { leaseMs, leaseRenewMs, leaseWaitMs, pollMs } = authPolicy;

describe('sharing of tokens between replicas', () => {
  useVirtualTime();

  it('single flight: four replicas with 50 callers each cause one request', async () => {
    const { server, replicas } = setUp(4);
    server.latencyMs = 100;
    const calls = callersOn(replicas);
    await advance(100 + 2 * pollMs);
    expect(outcomesOf(calls)).toEqual(['token-1']);
    expect(server.requests).toHaveLength(1);
    expect(await Promise.all(replicas.map(sharedTokensUsedBy))).toEqual([0, 1, 1, 1]);
  });

  it('lease: it is renewed while the request is slow, so that no other replica sends one', async () => {
    const { server, store, replicas } = setUp(4);
    server.latencyMs = 2_500;
    const calls = callersOn(replicas);
    await advance(2_500 + 2 * pollMs);
    expect(outcomesOf(calls)).toEqual(['token-1']);
    expect(server.requests).toHaveLength(1);
    expect(store.timesOf(replicas[0]!.name, 'renewLease')).toHaveLength(Math.floor((2_500 - 1) / leaseRenewMs));
  });

  it('lease: it is released as soon as the token is shared, and no longer renewed', async () => {
    const { store, replicas } = setUp(1);
    const [call] = callersOn(replicas, 1);
    await advance(0);
    expect([call!.outcome, store.leaseHolder(), jest.getTimerCount()]).toEqual(['token-1', undefined, 0]);
  });

  it('lease: its new holder checks for a shared token before it requests one', async () => {
    const deployment = new Deployment();
    const fast = deployment.replica();
    const slow = deployment.replica({ redisLatencyMs: 50 });
    deployment.server.latencyMs = 75; // after the slow replica has found no token, and before it acquires the lease
    const calls = callersOn([fast, slow], 1);
    await advance(1_000);
    expect(deployment.store.timesOf(slow.name, 'acquireLease')).toEqual([100]);
    expect(outcomesOf(calls)).toEqual(['token-1']);
  });

  it.each([
    [0, 0.5 * pollMs],
    [0.5, pollMs],
    [1, 1.5 * pollMs],
  ])('jitter: with randomness %d, a waiting replica polls every %d ms', async (randomness, intervalMs) => {
    const deployment = new Deployment();
    deployment.store.lease = { owner: 'another', untilMs: Infinity };
    const replica = deployment.replica({ randomness });
    replica.call();
    await advance(4 * intervalMs);
    const times = [0, 1, 2, 3, 4].map((polls) => polls * intervalMs);
    expect(deployment.store.timesOf(replica.name, 'find')).toEqual(times);
  });

  it('lease wait: a replica that has waited for leaseWaitMs requests a token itself', async () => {
    const { server, store, replicas } = setUp(1);
    const lease = { owner: 'another', untilMs: Infinity };
    store.lease = lease;
    const [call] = callersOn(replicas, 1);
    await advance(leaseWaitMs);
    expect(server.requests).toEqual([]);
    await advance(1.5 * pollMs);
    expect(call!.outcome).toBe('token-1');
    expect(store.lease).toBe(lease);
  });

  it('shutdown: a waiting replica stops polling', async () => {
    const { store, replicas } = setUp(1);
    store.lease = { owner: 'another', untilMs: Infinity };
    const [call] = callersOn(replicas, 1);
    await advance(0);
    replicas[0]!.provider.onApplicationShutdown();
    await advance(0);
    expect([call!.outcome, jest.getTimerCount()]).toEqual(['the service is shutting down', 0]);
  });
});

describe('death of the lease holder', () => {
  useVirtualTime();

  it.each([
    ['after it has acquired the lease', 'tk.lease.acquired', 1],
    ['after the response to its request', 'tk.granted', 2],
    ['after it has shared the token', 'tk.shared', 1],
  ])('lease holder death %s: no caller of the other replicas fails', async (_, failpoint, requests) => {
    const { server, replicas } = setUp(4);
    server.latencyMs = 100;
    replicas[0]!.stopAt(failpoint);
    const calls = callersOn(replicas);
    await advance(100 + leaseMs + 1.5 * pollMs + 100);
    expect(outcomesOf(calls.slice(50))).toEqual([`token-${requests}`]);
    expect(server.requests).toHaveLength(requests);
  });

  it('lease holder death while its request is in progress: no caller of the other replicas fails', async () => {
    const { server, replicas } = setUp(4);
    server.latencyMs = 100;
    const calls = callersOn(replicas);
    await advance(50);
    replicas[0]!.stop();
    await advance(leaseMs + 1.5 * pollMs + 100);
    expect(outcomesOf(calls.slice(50))).toEqual(['token-2']);
    expect(server.requests).toHaveLength(2);
  });

  it('lease holder death: other replicas have a token within half of the 1.5 s that a caller waits', async () => {
    const { server, replicas } = setUp(4);
    server.latencyMs = 100;
    replicas[0]!.stopAt('tk.lease.acquired');
    const calls = callersOn(replicas);
    await advance(750);
    expect(outcomesOf(calls.slice(50))).toEqual(['token-1']);
  });
});

describe('tokens without Redis', () => {
  useVirtualTime();

  it('without Redis: one request per replica and period, and no call fails', async () => {
    const { server, store, replicas } = setUp(4);
    store.isAvailable = false;
    server.grants(100);
    const calls: Call[] = [];
    for (let passedMs = 0; passedMs <= 160_000; passedMs += 8_000) {
      calls.push(...callersOn(replicas, passedMs === 0 ? 50 : 1));
      await advance(8_000);
    }
    expect(calls.filter(({ token }) => token === undefined)).toEqual([]);
    expect(server.requests.map(({ atMs }) => atMs)).toEqual([0, 80_000, 160_000].flatMap((ms) => [ms, ms, ms, ms]));
  });

  it('Redis lost during the request: the call receives its token', async () => {
    const { server, store, replicas } = setUp(1);
    server.latencyMs = 100;
    const [call] = callersOn(replicas, 1);
    await advance(50);
    store.isAvailable = false;
    await advance(50);
    expect(call!.outcome).toBe('token-1');
    expect((await callOf(replicas[0]!)).outcome).toBe('token-1');
  });

  it('Redis lost while another replica holds the lease: the next poll leads to a request', async () => {
    const { server, store, replicas } = setUp(1);
    store.lease = { owner: 'another', untilMs: Infinity };
    const [call] = callersOn(replicas, 1);
    await advance(pollMs / 2);
    store.isAvailable = false;
    await advance(pollMs / 2);
    expect([call!.outcome, server.requests.length]).toEqual(['token-1', 1]);
  });

  it('Redis back: the refresh uses the token that another replica has shared', async () => {
    const { server, store, replicas } = setUp(2);
    store.isAvailable = false;
    await callOf(replicas[0]!);
    store.isAvailable = true;
    await advance(1_000);
    await callOf(replicas[1]!);
    await advance(0.8 * 3_600_000 - 1_000);
    await callOf(replicas[0]!);
    expect((await callOf(replicas[0]!)).outcome).toBe('token-2');
    expect(server.requests).toHaveLength(2);
  });
});

function setUp(count: number) {
  const deployment = new Deployment();
  const { store, server } = deployment;
  return { store, server, replicas: deployment.replicas(count) };
}

function callersOn(replicas: readonly Replica[], each = 50): Call[] {
  return replicas.flatMap((replica) => replica.calls(each));
}

async function callOf(replica: Replica): Promise<Call> {
  const call = replica.call();
  await advance(0);
  return call;
}

async function sharedTokensUsedBy(replica: Replica): Promise<number | undefined> {
  return (await replica.metric('farmlokal_token_shared_used_total'))[0]?.value;
}
