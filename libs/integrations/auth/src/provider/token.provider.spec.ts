import { advance, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { Deployment, outcomesOf } from '../testing';

describe('token provider', () => {
  useVirtualTime();

  it('single flight: concurrent callers of a process cause one request', async () => {
    const { server, replica } = setUp();
    server.latencyMs = 500;
    const early = replica.calls(50);
    await advance(250);
    const late = replica.calls(50);
    await advance(250);
    expect(outcomesOf([...early, ...late])).toEqual(['token-1']);
    expect(server.requests).toHaveLength(1);
  });

  it('in-flight request: it continues for the other callers if one of them aborts', async () => {
    const { server, replica } = setUp();
    server.latencyMs = 500;
    const impatient = replica.call(deadline(100));
    const patient = replica.call();
    await advance(500);
    expect([impatient.outcome, patient.outcome]).toEqual(['deadline exceeded', 'token-1']);
    expect(server.requests).toMatchObject([{ isAborted: false }]);
  });

  it('in-flight request: its token is cached even if every caller has aborted', async () => {
    const { server, replica } = setUp();
    server.latencyMs = 500;
    const impatient = replica.call(deadline(100));
    await advance(500);
    const next = replica.call();
    await advance(0);
    expect([impatient.outcome, next.outcome]).toEqual(['deadline exceeded', 'token-1']);
    expect(server.requests).toHaveLength(1);
  });

  it('deadline: each caller stops waiting at its own deadline', async () => {
    const { server, replica } = setUp();
    server.latencyMs = 1_000;
    const calls = [0, 100, 900].map((ms) => replica.call(deadline(ms)));
    await advance(1_000);
    expect(calls.map(({ settledAtMs }) => settledAtMs)).toEqual([0, 100, 900]);
  });

  it('deadline: a signal that has aborted already rejects at once', async () => {
    const { server, replica } = setUp();
    server.latencyMs = 1_000;
    const call = replica.call(AbortSignal.abort(new Error('client disconnected')));
    await advance(0);
    expect(call.outcome).toBe('client disconnected');
  });

  it.each([
    ['30 s (if less than 10 %)', 3_600, authPolicy.reserveMs],
    ['10 % (if less than 30 s)', 60, 6_000],
  ])('lifetime: a token is used until %s before its expiry', async (_, lifeSeconds, reserveMs) => {
    const { server, replica } = setUp();
    server.grants(lifeSeconds);
    replica.call();
    await advance(0);
    server.hangs(); // so that no refresh replaces it
    await advance(lifeSeconds * 1_000 - reserveMs - 1);
    const last = replica.call();
    await advance(1);
    const next = replica.call();
    await advance(0);
    expect([last.outcome, next.outcome]).toEqual(['token-1', 'pending']);
  });

  it('lifetime: it begins with the request, not with the response', async () => {
    const { server, replica } = setUp();
    server.grants(100);
    server.latencyMs = 2_000;
    replica.call();
    await advance(2_000);
    server.hangs();
    await advance(90_000 - 2_000);
    const call = replica.call();
    await advance(0);
    expect(call.outcome).toBe('pending');
  });

  it('cache: a usable token costs no request and no Redis command', async () => {
    const { server, store, replica } = setUp();
    replica.call();
    await advance(0);
    const before = store.commands.length;
    expect(outcomesOf(await settled(replica.calls(10)))).toEqual(['token-1']);
    expect([server.requests.length, store.commands.length]).toEqual([1, before]);
  });

  it.each([0, -1, 'abc'])('used-once token: with expires_in %j it is neither cached nor shared', async (expiresIn) => {
    const { server, store, replica } = setUp();
    server.grants(expiresIn);
    const first = await settled(replica.calls(1));
    const second = await settled(replica.calls(1));
    expect(outcomesOf([...first, ...second])).toEqual(['token-1', 'token-2']);
    expect(store.token).toBeUndefined();
  });

  it('request timeout: a request without a response is aborted, and the call fails', async () => {
    const { server, replica } = setUp();
    server.hangs();
    const call = replica.call();
    await advance(authPolicy.requestTimeoutMs - 1);
    expect(call.outcome).toBe('pending');
    await advance(1);
    expect(call.outcome).toBe('token-unavailable');
    expect(server.requests).toMatchObject([{ isAborted: true }]);
  });

  it('acquire timeout: a Redis command that never settles fails the call, and the next call starts anew', async () => {
    const { store, replica } = setUp();
    store.blockNext();
    const call = replica.call();
    await advance(authPolicy.acquireTimeoutMs - 1);
    expect(call.outcome).toBe('pending');
    await advance(1);
    const next = replica.call();
    await advance(0);
    expect([call.outcome, next.outcome]).toEqual(['token-unavailable', 'token-1']);
  });

  it('shutdown: the request is aborted, its callers are rejected, and no timer is left', async () => {
    const { server, store, logs, replica } = setUp();
    server.latencyMs = 1_000;
    const call = replica.call();
    await advance(500);
    replica.provider.onApplicationShutdown();
    await advance(0);
    expect(call.outcome).toBe('the service is shutting down');
    expect(server.requests).toMatchObject([{ isAborted: true }]);
    expect([store.leaseHolder(), logs, jest.getTimerCount()]).toEqual([undefined, [], 0]);
  });

  it('metrics: the gauge is the remaining usable time of the token, and 0 without a token', async () => {
    const { replica } = setUp();
    const usableSeconds = async () => (await replica.metric('farmlokal_token_usable_seconds'))[0]?.value;
    const before = await usableSeconds();
    replica.call();
    await advance(1_000);
    expect([before, await usableSeconds()]).toEqual([0, 3_600 - authPolicy.reserveMs / 1_000 - 1]);
  });
});

function setUp() {
  const deployment = new Deployment();
  const { store, server, logs } = deployment;
  return { store, server, logs, replica: deployment.replica() };
}

function deadline(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('deadline exceeded')), ms);
  return controller.signal;
}

async function settled<T>(calls: T): Promise<T> {
  await advance(0);
  return calls;
}
