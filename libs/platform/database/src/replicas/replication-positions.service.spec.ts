import { Logger } from '@nestjs/common';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { NoConnectionError } from '../connection/connection-errors';
import { ReplicationPositions } from './replication-positions.service';
import { replicationPolicy } from './replication.policy';
import { connectionLost, FakeReplication } from './testing';

const { checkIntervalMs, primaryOutageMs } = replicationPolicy;

describe('replication positions', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('primary unavailable: replicas with the last known position are used until the outage limit', async () => {
    const { scene } = await primaryUnavailable();
    jest.advanceTimersByTime(primaryOutageMs - checkIntervalMs); // in one step, without a check
    expect(await scene.read()).toMatchObject({ server: 'replica' });
    jest.advanceTimersByTime(1);
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
  });

  it('primary unavailable: no replica is used after a change was announced', async () => {
    const { scene } = await primaryUnavailable();
    scene.commit();
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    await advance(10 * checkIntervalMs);
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    expect(scene.router.hasCurrentReplica).toBe(false);
  });

  it('primary unavailable: a recovered replica is used again if it has the last known position', async () => {
    const { scene, replica } = await primaryUnavailable();
    replica.failure = connectionLost();
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    replica.failure = undefined;
    await advance(checkIntervalMs);
    expect(await scene.read()).toMatchObject({ server: 'replica' });
  });

  it('primary unavailable: without a known position no replica is used', async () => {
    const scene = new FakeReplication('replica');
    await scene.read();
    scene.primary.failure = connectionLost();
    scene.router.startChecks();
    await advance(10 * checkIntervalMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('primary recovered: the limit for replica lag applies again', async () => {
    const { scene } = await primaryUnavailable();
    await advance(10 * checkIntervalMs);
    scene.primary.failure = undefined;
    scene.primary.committed = 1; // not announced, and the replica does not apply it
    await advance(checkIntervalMs);
    expect(await scene.read()).toEqual({ server: 'primary', transactions: 1 });
  });

  it('primary overloaded: a replica without a new check is used until the maximum lag', async () => {
    const scene = await replicaInUse();
    scene.primary.failure = new NoConnectionError('no connection became free');
    await advance(scene.maxLagMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(true);
    await advance(1);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
    expect(scene.positions.isPrimaryUnavailable).toBe(false);
  });

  it.each(['mariadb', 'mysql'] as const)('GTID: without GTIDs on the %s primary no replica is used', async (kind) => {
    const scene = new FakeReplication('replica');
    scene.primary.kind = scene.replicas[0]!.kind = kind;
    scene.primary.hasGtids = false;
    await scene.follow();
    await advance(10 * checkIntervalMs);
    expect(await scene.serversOf(1)).toEqual(['primary']);
    expect(scene.router.replicas[0]!.status).toMatch(/no GTIDs.*log_bin.*gtid_mode/);
    expect(scene.replicas[0]!.positionWaits).toBe(0);
  });

  it('order: an older failure does not override a newer position', async () => {
    const { positions, respond } = scriptedPositions([50, connectionLost()], [10, '0-1-7']);
    const older = positions.fetchLatest();
    await advance(5);
    const newer = positions.fetchLatest();
    await advance(100);
    expect([await newer, positions.isPrimaryUnavailable]).toMatchObject([{ gtids: '0-1-7' }, false]);
    expect(await older).toMatchObject({ gtids: '0-1-7' });
    expect(respond).toHaveBeenCalledTimes(2);
  });

  it('order: an older position does not override a newer failure', async () => {
    const { positions } = scriptedPositions([0, '0-1-1'], [50, '0-1-7'], [10, connectionLost()]);
    await settled(positions.fetchLatest());
    const older = positions.fetchLatest();
    await advance(5);
    const newer = positions.fetchLatest();
    await advance(100);
    expect([await older, positions.isPrimaryUnavailable]).toMatchObject([{ gtids: '0-1-7' }, true]);
    expect(await newer).toMatchObject({ gtids: '0-1-1' });
  });

  it('order: a late response does not replace a newer position as the last known one', async () => {
    const { positions } = scriptedPositions([50, '0-1-7'], [10, '0-1-8'], [0, connectionLost()]);
    const older = positions.fetchLatest();
    await advance(5);
    void positions.fetchLatest();
    await settled(older);
    expect(await settled(positions.fetchLatest())).toMatchObject({ gtids: '0-1-8' });
  });

  it('epoch: a position covers only changes announced before it was requested', async () => {
    const { positions } = scriptedPositions([10, '0-1-7']);
    positions.epochOf('v1');
    const requested = positions.fetchLatest();
    positions.epochOf('v2');
    expect(await settled(requested)).toMatchObject({ epoch: positions.current - 1 });
  });

  it('epoch: an unchanged version does not begin a new epoch', () => {
    const { positions } = scriptedPositions();
    const epoch = positions.epochOf('v1');
    expect([positions.epochOf('v1'), positions.epochOf('v2')]).toEqual([epoch, epoch + 1]);
  });
});

async function replicaInUse() {
  const scene = new FakeReplication('replica');
  await scene.follow();
  expect(scene.router.hasCurrentReplica).toBe(true);
  return scene;
}

/** The process has detected the outage; the replica has all changes. */
async function primaryUnavailable() {
  const scene = await replicaInUse();
  scene.primary.failure = connectionLost();
  await advance(checkIntervalMs);
  expect(scene.positions.isPrimaryUnavailable).toBe(true);
  return { scene, replica: scene.replicas[0]! };
}

/** A primary that returns these positions or throws these errors, each after a delay. */
function scriptedPositions(...responses: [delayMs: number, outcome: string | Error][]) {
  const clock = new TestClock();
  const respond = jest.fn(async (_deadlineMs: number, work: (manager: unknown) => Promise<unknown>) => {
    const [delayMs, position] = responses.shift()!;
    await clock.sleep(delayMs);
    if (position instanceof Error) throw position;
    return work({ query: () => Promise.resolve([{ version: '10.11.14-MariaDB', position }]) });
  });
  return { positions: new ReplicationPositions({ run: respond } as never, clock), respond };
}

async function settled<T>(work: Promise<T>): Promise<T> {
  await advance(100);
  return work;
}
