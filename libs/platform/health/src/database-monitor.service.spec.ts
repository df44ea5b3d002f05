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
    expect(monitor.health()).toEqual({ status: 'down', reason: 'it does not answer' });
    await monitor.check();
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('polling: the database is checked once a second, until shutdown', async () => {
    const { monitor, reads } = await watching();
    await advance(3 * checkEveryMs);
    expect(reads).toHaveBeenCalledTimes(4);
    monitor.beforeApplicationShutdown();
    await advance(10 * checkEveryMs);
    expect(reads).toHaveBeenCalledTimes(4);
  });

  it('polling: a check has a limit of its own', async () => {
    const { reads } = await watching();
    expect(reads).toHaveBeenCalledWith(expect.anything(), checkLimitMs);
  });

  it('down: the database is down after several failed checks in a row, and not before', async () => {
    const { monitor, fail } = await watching();
    fail(LOST);
    await advance((failuresUntilDown - 1) * checkEveryMs);
    expect(monitor.health().status).toBe('up');
    await advance(checkEveryMs);
    expect(monitor.health().status).toBe('down');
  });

  it('down: failed checks with a successful one between them do not add up', async () => {
    const { monitor, fail } = await watching();
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

  it('recovery: one successful check is enough, however long the database was away', async () => {
    const { monitor, fail } = await watching();
    fail(LOST);
    await advance(100 * checkEveryMs);
    fail(undefined);
    await advance(checkEveryMs);
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('overload: a database whose read connections are all taken is up as long as writes get an answer', async () => {
    const { monitor, fail, writes } = await watching();
    fail(OVERLOADED);
    await advance(10 * checkEveryMs);
    expect(monitor.health()).toEqual({ status: 'up' });
    expect(writes).toHaveBeenCalledTimes(10);
  });

  it('overload: a database that does not answer writes either is down', async () => {
    const { monitor, fail, writes } = await watching();
    fail(OVERLOADED);
    writes.mockRejectedValue(LOST);
    await advance(failuresUntilDown * checkEveryMs);
    expect(monitor.health().status).toBe('down');
  });

  it('replicas: the status is degraded, not down, if the primary is away and replicas have everything', async () => {
    const { monitor, fail, servers } = await watching();
    servers.hasCurrentReplica = true;
    fail(LOST);
    await advance(failuresUntilDown * checkEveryMs);
    expect(monitor.health()).toEqual({
      status: 'degraded',
      reason: 'the primary does not answer; the catalogue is read from replicas',
    });
    servers.hasCurrentReplica = false; // a change was announced
    expect(monitor.health().status).toBe('down');
  });

  it('replicas: the status is degraded if one is left out, and says how many', async () => {
    const { monitor, servers } = await watching();
    servers.replicas = [{ isUsable: true }, { isUsable: false }];
    expect(monitor.health()).toEqual({ status: 'degraded', reason: '1 of 2 replicas left out' });
    servers.replicas = [{ isUsable: true }, { isUsable: true }];
    expect(monitor.health()).toEqual({ status: 'up' });
  });

  it('log: losing the database and its recovery are each logged once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const log = jest.spyOn(Logger.prototype, 'log');
    const { fail } = await watching();
    fail(LOST);
    await advance(10 * checkEveryMs);
    fail(undefined);
    await advance(10 * checkEveryMs);
    expect(warn.mock.calls).toEqual([['the database does not answer']]);
    expect(log.mock.calls).toEqual([['the database answers'], ['the database answers']]); // at the start, too
  });

  it('metric: reachable is 0 before the first check, 1 while the database answers and 0 while it is down', async () => {
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
  const servers = { replicas: [] as Pick<ReplicaRouter['replicas'][number], 'isUsable'>[], hasCurrentReplica: false };
  const registry = new Registry();
  const [reader, writer] = [{ read: reads }, { run: writes }] as never[];
  const monitor = new DatabaseMonitor(reader!, writer!, servers as never, new TestClock(), registry);
  return {
    monitor,
    reads,
    writes,
    servers,
    fail: (error: Error | undefined) => (failure = error),
    reachable: async () => (await registry.getSingleMetric('farmlokal_database_reachable')?.get())?.values[0]?.value,
  };
}

/** After the first check, which has succeeded. */
async function watching() {
  const scene = setUp();
  scene.monitor.onApplicationBootstrap();
  await advance(0);
  return scene;
}
