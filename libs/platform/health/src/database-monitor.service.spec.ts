import { Logger } from '@nestjs/common';
import type { ReplicaRouter } from '@platform/database';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { DatabaseMonitor } from './database-monitor.service';
import { healthPolicy } from './health.policy';

const { checkEveryMs, checkLimitMs, failuresUntilDown } = healthPolicy;
const OVERLOADED = new Error('Queue limit reached.');
const LOST = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });

describe('database monitor', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));
  afterEach(() => jest.restoreAllMocks());

  it('start: the database is down before the first check has succeeded', async () => {
    const { monitor } = setUp();
    expect(monitor.health()).toEqual({ status: 'down', reason: 'it does not respond' });
    await monitor.check();
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('polling: the database is checked once a second until shutdown', async () => {
    const { monitor, reads } = await startPolling();
    await advance(3 * checkEveryMs);
    expect(reads).toHaveBeenCalledTimes(4);
    monitor.beforeApplicationShutdown();
    await advance(10 * checkEveryMs);
    expect(reads).toHaveBeenCalledTimes(4);
  });

  it('polling: a check has its own time limit', async () => {
    const { reads } = await startPolling();
    expect(reads).toHaveBeenCalledWith(expect.anything(), checkLimitMs);
  });

  it('down: the database is down after consecutive failed checks, and not before', async () => {
    const { monitor, fail } = await startPolling();
    fail(LOST);
    await advance((failuresUntilDown - 1) * checkEveryMs);
    expect(monitor.health().status).toBe('up');
    await advance(checkEveryMs);
    expect(monitor.health().status).toBe('down');
  });

  it('down: a successful check resets the count of failed checks', async () => {
    const { monitor, fail } = await startPolling();
    for (let times = 0; times < 3; times++) {
      fail(LOST);
      await advance((failuresUntilDown - 1) * checkEveryMs);
      fail(undefined);
      await advance(checkEveryMs);
    }
    fail(LOST);
    await advance((failuresUntilDown - 1) * checkEveryMs);
    expect(monitor.health().status).toBe('up');
  });

  it('recovery: one successful check is enough, even after a long outage', async () => {
    const { monitor, fail } = await startPolling();
    fail(LOST);
    await advance(100 * checkEveryMs);
    fail(undefined);
    await advance(checkEveryMs);
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('overload: without a free connection for reads, the database is up while writes succeed', async () => {
    const { monitor, fail, writes } = await startPolling();
    fail(OVERLOADED);
    await advance(10 * checkEveryMs);
    expect(monitor.health()).toEqual({ status: 'up' });
    expect(writes).toHaveBeenCalledTimes(10);
  });

  it('overload: the database is down if writes fail too', async () => {
    const { monitor, fail, writes } = await startPolling();
    fail(OVERLOADED);
    writes.mockRejectedValue(LOST);
    await advance(failuresUntilDown * checkEveryMs);
    expect(monitor.health().status).toBe('down');
  });

  it('replicas: the status is degraded, not down, if the primary is unavailable and a replica is current', async () => {
    const { monitor, fail, router } = await startPolling();
    router.hasCurrentReplica = true;
    fail(LOST);
    await advance(failuresUntilDown * checkEveryMs);
    expect(monitor.health()).toEqual({
      status: 'degraded',
      reason: 'the primary does not respond; the catalogue is read from replicas',
    });
    router.hasCurrentReplica = false; // a change was announced
    expect(monitor.health().status).toBe('down');
  });

  it('replicas: the status is degraded if a replica is excluded, and the reason has the count', async () => {
    const { monitor, router } = await startPolling();
    router.replicas = [{ isUsable: true }, { isUsable: false }];
    expect(monitor.health()).toEqual({ status: 'degraded', reason: '1 of 2 replicas are excluded' });
    router.replicas = [{ isUsable: true }, { isUsable: true }];
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('log: each outage and each recovery is logged once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const log = jest.spyOn(Logger.prototype, 'log');
    const { fail } = await startPolling();
    fail(LOST);
    await advance(10 * checkEveryMs);
    fail(undefined);
    await advance(10 * checkEveryMs);
    expect(warn.mock.calls).toEqual([['the database does not respond']]);
    expect(log.mock.calls).toEqual([['the database responds'], ['the database responds']]); // also at startup
  });

  it('metric: reachable is 0 before the first check, 1 while the database is up and 0 while it is down', async () => {
    const { monitor, fail, reachable } = setUp();
    expect(await reachable()).toBe(0);
    await monitor.check();
    expect(await reachable()).toBe(1);
    fail(LOST);
    for (let checks = 0; checks < failuresUntilDown; checks++) await monitor.check();
    expect(await reachable()).toBe(0);
  });
});

function setUp() {
  let failure: Error | undefined;
  const reads = jest.fn(() => (failure === undefined ? Promise.resolve([]) : Promise.reject(failure)));
  const writes = jest.fn(() => Promise.resolve([]));
  const router = { replicas: [] as Pick<ReplicaRouter['replicas'][number], 'isUsable'>[], hasCurrentReplica: false };
  const registry = new Registry();
  const [reader, writer] = [{ read: reads }, { run: writes }] as never[];
  const monitor = new DatabaseMonitor(reader!, writer!, router as never, new TestClock(), registry);
  return {
    monitor,
    reads,
    writes,
    router,
    fail: (error: Error | undefined) => (failure = error),
    reachable: async () => (await registry.getSingleMetric('farmlokal_database_reachable')?.get())?.values[0]?.value,
  };
}

/** A monitor after its first check, which succeeded. */
async function startPolling() {
  const scene = setUp();
  scene.monitor.onApplicationBootstrap();
  await advance(0);
  return scene;
}
