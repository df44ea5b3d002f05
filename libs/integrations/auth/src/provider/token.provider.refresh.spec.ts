import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, outcomesOf, type Call, type Replica } from '../testing';

const LIFE_SECONDS = 100;
const REFRESH_MS = LIFE_SECONDS * 1_000 * authPolicy.refreshShare;
const LATEST_REFRESH_MS = REFRESH_MS + LIFE_SECONDS * 1_000 * authPolicy.refreshSpread;
const EXPIRED_MS = LIFE_SECONDS * 1_000;

describe('refresh of the token ahead of its expiry', () => {
  useVirtualTime();

  it.each([0, 0.5, 1])(
    'jitter: the refresh starts at 75 % of the lifetime plus %d times a tenth of it',
    async (randomness) => {
      const { server, replica } = await withToken(randomness);
      const dueMs = REFRESH_MS + LIFE_SECONDS * 1_000 * authPolicy.refreshSpread * randomness;
      await advance(dueMs - 1);
      await outcomeOf(replica);
      expect(server.requests).toHaveLength(1);
      await advance(1);
      await outcomeOf(replica);
      expect(server.requests).toHaveLength(2);
    },
  );

  it('background: callers receive the current token at once until the new one has arrived', async () => {
    const { server, replica } = await withToken();
    server.latencyMs = 1_000;
    await advance(REFRESH_MS);
    const early = await outcomeOf(replica);
    await advance(999);
    const meanwhile = await outcomeOf(replica);
    await advance(1);
    expect([early, meanwhile, await outcomeOf(replica)]).toEqual(['token-1', 'token-1', 'token-2']);
  });

  it('single flight: any number of callers start one refresh', async () => {
    const { server, replica } = await withToken();
    server.fails();
    await advance(REFRESH_MS);
    replica.calls(50);
    await advance(0);
    expect([server.requests.length, jest.getTimerCount()]).toEqual([2, 1]);
  });

  it('short lifetime: with tokens of 2 s, no caller waits after the first request', async () => {
    const { server, replica } = await withToken(0.5, 2);
    server.latencyMs = 100;
    const waitsMs = [];
    for (let elapsedMs = 0; elapsedMs < 4_000; elapsedMs += 100) {
      const call = replica.call();
      await advance(100);
      waitsMs.push(call.settledAtMs - elapsedMs);
    }
    expect(new Set(waitsMs)).toEqual(new Set([0]));
    expect(server.requests.length).toBeLessThanOrEqual(4_000 / (2_000 * authPolicy.refreshShare) + 1);
  });

  it('replicas: one of them requests the new token, and the others use it', async () => {
    const deployment = new Deployment();
    deployment.server.grants(4);
    const replicas = [0, 0.5, 1].map((randomness) => deployment.replica({ randomness }));
    const calls: Call[] = [];
    for (let elapsedMs = 0; elapsedMs <= 9_000; elapsedMs += 500) {
      calls.push(...replicas.map((each) => each.call()));
      await advance(500);
    }
    expect(deployment.server.requests.map(({ atMs }) => atMs)).toEqual([0, 3_000, 6_000, 9_000]);
    expect(outcomesOf(calls)).toEqual(['token-1', 'token-2', 'token-3']); // the fourth is for later callers
  });

  it('provider down: a token that is still usable is kept', async () => {
    const { server, replica } = await withToken();
    server.fails();
    await advance(REFRESH_MS);
    await outcomeOf(replica);
    await advance(14_999); // 1 ms before 10 % of the lifetime are left
    expect([await outcomeOf(replica), server.requests.length > 2]).toEqual(['token-1', true]);
  });

  it('provider down: the refresh is retried with backoff, without callers and after the token expired', async () => {
    const { server, replica } = await withToken();
    server.fails();
    await advance(REFRESH_MS);
    await outcomeOf(replica);
    await advance(EXPIRED_MS);
    const { baseMs, capMs } = authPolicy.backoff;
    const gapsMs = server.requests.slice(2).map(({ atMs }, at) => atMs - server.requests[at + 1]!.atMs);
    const bounds = gapsMs.map((_, failures) => Math.min(capMs, baseMs * 2 ** failures));
    expect(gapsMs.length).toBeGreaterThan(EXPIRED_MS / capMs);
    expect(gapsMs).toEqual(bounds.map((bound) => 0.75 * bound)); // equal jitter: from half of the bound to all of it
  });

  it('recovery: a caller receives the new token without a request of its own', async () => {
    const { server, replica } = await withToken();
    server.fails();
    await advance(REFRESH_MS);
    await outcomeOf(replica);
    await advance(EXPIRED_MS);
    server.grants();
    await advance(authPolicy.backoff.capMs);
    const requests = server.requests.length;
    expect([await outcomeOf(replica), server.requests.length]).toEqual([`token-${requests}`, requests]);
  });

  it('used-once token: a refresh that yields one is not repeated before the longest backoff', async () => {
    const { server, replica } = await withToken();
    server.grants(0);
    await advance(REFRESH_MS);
    for (let elapsedMs = 0; elapsedMs < authPolicy.backoff.capMs; elapsedMs += 500) {
      expect(await outcomeOf(replica)).toBe('token-1');
      await advance(500);
    }
    expect(server.requests).toHaveLength(3);
  });

  it('used-once token: background requests end with the lifetime of the old token', async () => {
    const { server, replica } = await withToken();
    server.grants(0);
    await advance(REFRESH_MS);
    await outcomeOf(replica);
    await advance(EXPIRED_MS - REFRESH_MS);
    const { length } = server.requests;
    await advance(EXPIRED_MS);
    expect([server.requests.length, jest.getTimerCount()]).toEqual([length, 0]);
  });

  it('replacement: a token that is rejected during a failing refresh does not end later refreshes', async () => {
    const { server, replica } = await withToken();
    server.fails();
    server.latencyMs = 1_000;
    await advance(REFRESH_MS);
    const { token } = await callOf(replica);
    const rejected = replica.replace(token);
    await advance(1_000);
    expect(rejected.outcome).toBe('token-unavailable');
    server.grants(LIFE_SECONDS);
    server.latencyMs = 0;
    await advance(authPolicy.backoff.capMs);
    expect(await outcomeOf(replica)).toBe('token-3');
    await advance(LATEST_REFRESH_MS);
    await outcomeOf(replica);
    expect(await outcomeOf(replica)).toBe('token-4');
  });

  it('shutdown: it ends the refresh', async () => {
    const { server, replica } = await withToken();
    server.fails();
    await advance(REFRESH_MS);
    await outcomeOf(replica);
    replica.provider.onApplicationShutdown();
    await advance(0);
    expect([server.requests.length, jest.getTimerCount()]).toEqual([2, 0]);
  });
});

async function withToken(randomness = 0, lifeSeconds = LIFE_SECONDS) {
  const deployment = new Deployment();
  deployment.server.grants(lifeSeconds);
  const replica = deployment.replica({ randomness });
  await callOf(replica);
  replica.clock.randomness = 0.5;
  return { server: deployment.server, replica };
}

async function callOf(replica: Replica): Promise<Call> {
  const call = replica.call();
  await advance(0);
  return call;
}

async function outcomeOf(replica: Replica): Promise<string> {
  return (await callOf(replica)).outcome;
}
