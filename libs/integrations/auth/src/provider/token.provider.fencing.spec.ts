import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, type Call, type Replica } from '../testing';

const { leaseMs, pollMs } = authPolicy;
/** Time within which another replica acquires the lease of a stopped holder. */
const LEASE_TAKEOVER_MS = leaseMs + 1.5 * pollMs;

describe('fencing', () => {
  useVirtualTime();

  it('a lease holder that is paused before it shares its token cannot overwrite a newer token', async () => {
    const { store, paused, other } = setUp();
    paused.stopAt('tk.granted');
    const late = paused.call();
    await advance(LEASE_TAKEOVER_MS);
    await callOf(other);
    const newer = store.token;
    paused.resume();
    await advance(0);
    expect(store.token).toBe(newer);
    expect([late.outcome, (await callOf(paused)).outcome]).toEqual(['token-2', 'token-2']);
  });

  it('a lease holder that is paused during its request cannot overwrite a newer token', async () => {
    const { store, server, paused, other } = setUp();
    server.latencyMs = 100;
    const late = paused.call();
    await advance(50);
    paused.stop();
    await advance(LEASE_TAKEOVER_MS);
    const call = other.call();
    await advance(100);
    const newer = store.token;
    paused.resume();
    await advance(0);
    expect(store.token).toBe(newer);
    expect([call.outcome, late.outcome]).toEqual(['token-2', 'token-2']);
  });

  it('a former lease holder neither renews nor releases the lease of the new holder', async () => {
    const { store, server, paused, other } = setUp();
    paused.stopAt('tk.granted');
    paused.call();
    await advance(LEASE_TAKEOVER_MS);
    server.hangs();
    other.call();
    await advance(100);
    paused.resume();
    await advance(0);
    expect(store.timesOf(paused.name, 'releaseLease')).toHaveLength(1);
    expect(store.leaseHolder()).toBe(other.name);
  });

  it('a replica that never held the lease does not release it', async () => {
    const { store, other } = setUp();
    store.lease = { owner: 'another', untilMs: Infinity };
    other.call();
    await advance(authPolicy.leaseWaitMs + 1.5 * pollMs);
    expect(store.timesOf(other.name, 'releaseLease')).toEqual([]);
  });

  it('a shared token that is older than the cached one does not replace it', async () => {
    const { store, server, other } = setUp();
    server.grants(100);
    await callOf(other);
    const older = { ...store.token!, id: 'older', value: 'older', fencingToken: 0.5, usableUntilMs: 100_000 };
    store.token = older; // an earlier state of Redis, after a failover
    await advance(80_000);
    const current = await callOf(other);
    expect([current.outcome, (await callOf(other)).outcome]).toEqual(['token-1', 'token-2']);
    expect(store.token.value).toBe('token-2');
  });

  it('a shared token that is older than the cached one is used once the cached one has expired', async () => {
    const { store, server, other } = setUp();
    server.grants(100);
    await callOf(other);
    store.token = { ...store.token!, id: 'older', value: 'older', fencingToken: 0.5, usableUntilMs: 200_000 };
    await advance(90_000);
    expect((await callOf(other)).outcome).toBe('older');
  });
});

function setUp() {
  const deployment = new Deployment();
  const { store, server } = deployment;
  const [paused, other] = deployment.replicas(2);
  return { store, server, paused: paused!, other: other! };
}

async function callOf(replica: Replica): Promise<Call> {
  const call = replica.call();
  await advance(0);
  return call;
}
