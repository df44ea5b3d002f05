import { Logger } from '@nestjs/common';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { NoConnectionError } from '../connection-errors';
import { ReplicationPositions } from './replication-positions.service';
import { replicationPolicy } from './replication.policy';
import { connectionLost, FakeReplication } from './testing';

const { followEveryMs, awayMs } = replicationPolicy;

describe('replication positions', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('primary away: replicas with the last known position serve for the limit, and no longer', async () => {
    const { scene } = await primaryAway();
    jest.advanceTimersByTime(awayMs - followEveryMs); // in one step: the position stays the last one that is known
    expect(await scene.read()).toMatchObject({ server: 'replica' });
    jest.advanceTimersByTime(1);
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
  });

  it('primary away: after a change was announced no replica is read from', async () => {
    const { scene } = await primaryAway();
    scene.commit();
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    await advance(10 * followEveryMs);
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    expect(scene.router.hasCurrentReplica).toBe(false);
  });

  it('primary away: a replica that returns serves again if it has the last known position', async () => {
    const { scene, replica } = await primaryAway();
    replica.failure = connectionLost();
    await expect(scene.read()).rejects.toThrow('ECONNRESET');
    replica.failure = undefined;
    await advance(followEveryMs);
    expect(await scene.read()).toMatchObject({ server: 'replica' });
  });

  it('primary away: without a known position no replica is read from', async () => {
    const scene = new FakeReplication('replica');
    await scene.read();
    scene.primary.failure = connectionLost();
    scene.router.follow();
    await advance(10 * followEveryMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('primary back: the limit for lag applies again', async () => {
    const { scene } = await primaryAway();
    await advance(10 * followEveryMs);
    scene.primary.failure = undefined;
    scene.primary.committed = 1; // not announced, and the replica does not apply it
    await advance(followEveryMs);
    expect(await scene.read()).toEqual({ server: 'primary', transactions: 1 });
  });

  it('primary busy: a replica that cannot be compared with it serves until its data may be too old', async () => {
    const scene = await followed();
    scene.primary.failure = new NoConnectionError('no connection was free');
    await advance(scene.maxLagMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(true);
    await advance(1);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
    expect(scene.positions.isPrimaryUnavailable).toBe(false);
  });

  it.each(['mariadb', 'mysql'] as const)('GTIDs: a %s primary without them leaves replicas unused', async (kind) => {
    const scene = new FakeReplication('replica');
    scene.primary.kind = scene.replicas[0]!.kind = kind;
    scene.primary.hasLog = false;
    await scene.follow();
    await advance(10 * followEveryMs);
    expect(await scene.serversOf(1)).toEqual(['primary']);
    expect(scene.router.replicas[0]!.status).toMatch(/no GTIDs.*log_bin.*gtid_mode/);
    expect(scene.replicas[0]!.positionsAsked).toBe(0);
  });

  it('order: an older failure does not override a newer position', async () => {
    const { positions, answer } = answering([50, connectionLost()], [10, '0-1-7']);
    const older = positions.fetchLatest();
    await advance(5);
    const newer = positions.fetchLatest();
    await advance(100);
    expect([await newer, positions.isPrimaryUnavailable]).toMatchObject([{ gtids: '0-1-7' }, false]);
    expect(await older).toMatchObject({ gtids: '0-1-7' });
    expect(answer).toHaveBeenCalledTimes(2);
  });

  it('order: an older position does not override a newer failure', async () => {
    const { positions } = answering([0, '0-1-1'], [50, '0-1-7'], [10, connectionLost()]);
    await settled(positions.fetchLatest());
    const older = positions.fetchLatest();
    await advance(5);
    const newer = positions.fetchLatest();
    await advance(100);
    expect([await older, positions.isPrimaryUnavailable]).toMatchObject([{ gtids: '0-1-7' }, true]);
    expect(await newer).toMatchObject({ gtids: '0-1-1' });
  });

  it('order: a position that comes late does not replace a newer one as the last known', async () => {
    const { positions } = answering([50, '0-1-7'], [10, '0-1-8'], [0, connectionLost()]);
    const older = positions.fetchLatest();
    await advance(5);
    void positions.fetchLatest();
    await settled(older);
    expect(await settled(positions.fetchLatest())).toMatchObject({ gtids: '0-1-8' });
  });

  it('moment: a position proves only changes that were announced before it was asked for', async () => {
    const { positions } = answering([10, '0-1-7']);
    positions.epochOf('v1');
    const asked = positions.fetchLatest();
    positions.epochOf('v2');
    expect(await settled(asked)).toMatchObject({ epoch: positions.current - 1 });
  });

  it('moment: the same version does not begin another', () => {
    const { positions } = answering();
    const epoch = positions.epochOf('v1');
    expect([positions.epochOf('v1'), positions.epochOf('v2')]).toEqual([epoch, epoch + 1]);
  });
});

async function followed() {
  const scene = new FakeReplication('replica');
  await scene.follow();
  expect(scene.router.hasCurrentReplica).toBe(true);
  return scene;
}

/** Noticed by this process, with a replica that has everything. */
async function primaryAway() {
  const scene = await followed();
  scene.primary.failure = connectionLost();
  await advance(followEveryMs);
  expect(scene.positions.isPrimaryUnavailable).toBe(true);
  return { scene, replica: scene.replicas[0]! };
}

/** A primary that gives these positions, or fails with these errors, each after a delay. */
function answering(...answers: [delayMs: number, answer: string | Error][]) {
  const clock = new TestClock();
  const answer = jest.fn(async (_deadlineMs: number, work: (manager: unknown) => Promise<unknown>) => {
    const [delayMs, position] = answers.shift()!;
    await clock.sleep(delayMs);
    if (position instanceof Error) throw position;
    return work({ query: () => Promise.resolve([{ version: '10.11.14-MariaDB', position }]) });
  });
  return { positions: new ReplicationPositions({ run: answer } as never, clock), answer };
}

async function settled<T>(work: Promise<T>): Promise<T> {
  await advance(100);
  return work;
}
