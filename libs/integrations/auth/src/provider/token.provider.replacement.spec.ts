import { advance, useVirtualTime } from '@testing/resilience';
import type { AccessToken } from '../access-token';
import { authPolicy } from '../auth.policy';
import { Deployment, outcomesOf, type Call, type Replica } from '../testing';

const { replacementPauseMs } = authPolicy;

describe('replacement of a token that the partner has rejected', () => {
  useVirtualTime();

  it('single flight: concurrent callers with the same rejected token cause one request', async () => {
    const { server, one } = setUp();
    const rejected = await tokenOf(one);
    server.latencyMs = 100;
    const calls = Array.from({ length: 50 }, () => one.replace(rejected));
    await advance(100);
    expect(outcomesOf(calls)).toEqual(['token-2']);
    expect(server.requests).toHaveLength(2);
  });

  it('single flight: replicas with the same rejected token cause one request', async () => {
    const { server, one, other } = setUp();
    const tokens = [await tokenOf(one), await tokenOf(other)];
    server.latencyMs = 100;
    const calls = [one.replace(tokens[0]), other.replace(tokens[1])];
    await advance(100 + 2 * authPolicy.pollMs);
    expect(outcomesOf(calls)).toEqual(['token-2']);
    expect(server.requests).toHaveLength(2);
  });

  it('stale rejection: a newer token than the rejected one is kept', async () => {
    const { server, store, one } = setUp();
    const rejected = await tokenOf(one);
    await settled(one.replace(rejected));
    await advance(replacementPauseMs);
    const late = await settled(one.replace(rejected));
    expect([late.outcome, server.requests.length]).toEqual(['token-2', 2]);
    expect(store.token?.value).toBe('token-2');
  });

  it('stale rejection: a token that was refreshed meanwhile is kept', async () => {
    const { server, store, one } = setUp();
    store.isAvailable = false; // so that a dropped token cannot be found again
    const rejected = await tokenOf(one);
    await advance(0.8 * 3_600_000);
    await tokenOf(one); // starts the refresh
    const call = await settled(one.replace(rejected));
    expect([call.outcome, server.requests.length]).toEqual(['token-2', 2]);
  });

  it('compare and delete: the newer token of another replica is used and stays shared', async () => {
    const { server, store, one, other } = setUp();
    const rejected = await tokenOf(one);
    await settled(other.replace(await tokenOf(other)));
    const newer = store.token;
    const call = await settled(one.replace(rejected));
    expect([call.outcome, server.requests.length]).toEqual(['token-2', 2]);
    expect(store.token).toBe(newer);
  });

  it('pause: a second replacement within replacementPauseMs returns nothing and sends no request', async () => {
    const { server, one } = setUp();
    const second = (await settled(one.replace(await tokenOf(one)))).token;
    await advance(replacementPauseMs - 1);
    const early = await settled(one.replace(second));
    expect([early.outcome, server.requests.length]).toEqual(['nothing', 2]);
    await advance(1);
    expect((await settled(one.replace(second))).outcome).toBe('token-3');
  });

  it('shared token: the rejected one is deleted, so that a replica without a token does not use it', async () => {
    const { server, one, other } = setUp();
    const rejected = await tokenOf(one);
    server.latencyMs = 100;
    const calls = [one.replace(rejected), other.call()];
    await advance(100 + 2 * authPolicy.pollMs);
    expect(outcomesOf(calls)).toEqual(['token-2']);
    expect(server.requests).toHaveLength(2);
  });

  it('shared token: the rejected one is not used again, even if Redis was down and still stores it', async () => {
    const { server, store, one } = setUp();
    const rejected = await tokenOf(one);
    store.isAvailable = false;
    server.fails();
    await settled(one.replace(rejected));
    store.isAvailable = true;
    server.grants();
    await advance(authPolicy.backoff.baseMs);
    expect(store.token?.id).toBe(rejected.id);
    expect((await tokenOf(one)).value).toBe('token-3');
  });

  it('used-once token: it is replaced, and no more often than another token', async () => {
    const { server, one } = setUp();
    server.grants(0);
    const first = await settled(one.replace(await tokenOf(one)));
    const second = await settled(one.replace(first.token));
    expect([first.outcome, second.outcome, server.requests.length]).toEqual(['token-2', 'nothing', 2]);
  });

  it('provider down: the call fails with the typed error, and the rejected token is not used again', async () => {
    const { server, one } = setUp();
    const rejected = await tokenOf(one);
    server.fails();
    const call = await settled(one.replace(rejected));
    const next = await settled(one.call());
    expect(outcomesOf([call, next])).toEqual(['token-unavailable']);
  });
});

function setUp() {
  const deployment = new Deployment();
  const { store, server } = deployment;
  const [one, other] = deployment.replicas(2);
  return { store, server, one: one!, other: other! };
}

async function tokenOf(replica: Replica): Promise<AccessToken> {
  return (await settled(replica.call())).token!;
}

async function settled(call: Call): Promise<Call> {
  await advance(0);
  return call;
}
