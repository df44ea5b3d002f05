import { Logger } from '@nestjs/common';
import { advance, useVirtualTime } from '@testing/resilience';
import { CLOSE_DEADLINE_MS } from '../reading.policy';
import { replicationPolicy } from './replication.policy';
import { connectionLost, FakeReplication } from './testing';

const { checkIntervalMs, waitMs, limitMs } = replicationPolicy;

describe('replica', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('replica lag: a replica that stops applying is excluded after the maximum lag, until it catches up', async () => {
    const { scene, replica } = await caughtUp();
    scene.primary.committed = 1; // not announced to this process
    await advance(scene.maxLagMs);
    expect(await scene.read()).toEqual({ server: 'replica', transactions: 0 });
    await advance(1);
    expect(await scene.read()).toEqual({ server: 'primary', transactions: 1 });
    replica.applied = 1;
    await advance(waitMs);
    expect(await scene.read()).toEqual({ server: 'replica', transactions: 1 });
  });

  it('staleness: it is the maximum age of the data, and undefined for an excluded replica', async () => {
    const { scene, replica } = await caughtUp();
    const [router] = scene.router.replicas;
    await advance(checkIntervalMs / 2);
    expect(router!.stalenessMs).toBe(checkIntervalMs / 2);
    replica.failure = connectionLost();
    await advance(checkIntervalMs);
    expect(router!.stalenessMs).toBeUndefined();
  });

  it('failure: a replica whose connection is lost is excluded at once, until the next successful check', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = connectionLost();
    expect(await scene.serversOf(2)).toEqual(['primary', 'primary']);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['primary']);
    await advance(checkIntervalMs);
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('failure: a replica that hangs delays one read until its deadline, and no later read', async () => {
    const { scene, replica } = await caughtUp();
    replica.isHanging = true;
    const hung = scene.read();
    await advance(limitMs);
    expect(await hung).toMatchObject({ server: 'primary' });
    expect(await scene.serversOf(2)).toEqual(['primary', 'primary']);
  });

  it('failure: a replica that fails the check is excluded before any read', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = connectionLost();
    await advance(checkIntervalMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('failure: a session that continued on the primary does not return to the replica', async () => {
    const { scene, replica } = await caughtUp();
    const session = scene.session();
    replica.failure = connectionLost();
    expect(await session.read()).toMatchObject({ server: 'primary' });
    replica.failure = undefined;
    await advance(checkIntervalMs);
    expect(await session.read()).toMatchObject({ server: 'primary' });
    expect(await scene.read()).toMatchObject({ server: 'replica' });
  });

  it.each([
    ['takes too long', { errno: 1969 }],
    ['is invalid', { errno: 1064 }],
  ])('failure: a statement that %s does not exclude the replica', async (_, { errno }) => {
    const { scene, replica } = await caughtUp();
    replica.failure = Object.assign(new Error('statement failed'), { errno });
    await expect(scene.read()).rejects.toThrow('statement failed');
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('overload: without a free connection the read goes to the primary, and the replica is not excluded', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = new Error('Queue limit reached.');
    expect(await scene.serversOf(1)).toEqual(['primary']);
    await advance(checkIntervalMs);
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('identity: a replica name that alternates between servers is excluded, and the status says why', async () => {
    const { scene, replica } = await caughtUp();
    for (const server of ['other', 'replica', 'other']) {
      replica.server = server;
      await advance(checkIntervalMs);
      expect(await scene.serversOf(1)).toEqual(['primary']);
      expect(scene.router.replicas[0]!.status).toMatch(/another server/);
    }
    await advance(checkIntervalMs);
    expect(await scene.serversOf(1)).toEqual(['other']);
  });

  it('polling: a replica that keeps up is checked at the interval', async () => {
    const { replica } = await caughtUp();
    const before = replica.positionWaits;
    await advance(checkIntervalMs - 1);
    expect(replica.positionWaits).toBe(before);
    await advance(9 * checkIntervalMs + 1);
    expect(replica.positionWaits).toBe(before + 10);
  });

  it('polling: a new version starts a check at once, even while one is in progress', async () => {
    const { scene, replica } = await caughtUp();
    const before = replica.positionWaits;
    scene.commit();
    await scene.read();
    await advance(0);
    expect(replica.positionWaits).toBe(before + 1);
    replica.applied = 1; // the check in progress succeeds, but it began before the next change
    scene.commit();
    await scene.read();
    replica.applied = 2;
    await advance(waitMs / 10);
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('polling: a replica that lags is checked again as soon as its wait times out', async () => {
    const { scene, replica } = await caughtUp();
    scene.primary.committed = 1;
    await advance(checkIntervalMs);
    const before = replica.positionWaits;
    await advance(4 * waitMs);
    expect(replica.positionWaits).toBe(before + 4);
  });

  it('polling: a server that returns NULL without waiting is not checked in a busy loop', async () => {
    const { scene, replica } = await caughtUp();
    replica.returnsNull = true;
    scene.primary.committed = 1;
    const before = replica.positionWaits;
    await advance(4 * checkIntervalMs);
    expect(replica.positionWaits).toBeLessThanOrEqual(before + 4);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('log: each change of the status is logged once', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { scene, replica } = await caughtUp();
    await advance(5 * checkIntervalMs);
    replica.failure = connectionLost();
    await scene.read();
    await advance(5 * checkIntervalMs);
    replica.failure = undefined;
    await advance(5 * checkIntervalMs);
    const inUse = ['replica:3306 is in use'];
    expect(log.mock.calls).toEqual([inUse, inUse]);
    expect(warn.mock.calls).toEqual([['replica:3306 is excluded: read ECONNRESET']]);
    jest.restoreAllMocks();
  });

  it('shutdown: the check loop ends and the connections are closed', async () => {
    const { scene, replica } = await caughtUp();
    await scene.router.onApplicationShutdown();
    expect(replica.isClosed).toBe(true);
    const waitsBefore = replica.positionWaits;
    await advance(10 * checkIntervalMs);
    expect(replica.positionWaits).toBe(waitsBefore);
  });

  it('shutdown: if a check is in progress, the connections are closed as soon as it ends', async () => {
    const { scene, replica } = await caughtUp();
    scene.commit();
    await scene.read();
    await advance(waitMs / 2); // the server waits for the position
    const stopping = scene.router.onApplicationShutdown();
    expect(replica.isClosed).toBe(false);
    replica.applied = 1; // the server responds
    await advance(1);
    await stopping;
    expect(replica.isClosed).toBe(true);
  });

  it('shutdown: a replica that is being opened is closed once it is open, without a check', async () => {
    const scene = new FakeReplication('replica');
    const [replica] = scene.replicas;
    replica!.openDelayMs = 2 * CLOSE_DEADLINE_MS;
    await scene.follow();
    const stopping = scene.router.onApplicationShutdown();
    await advance(CLOSE_DEADLINE_MS);
    await stopping;
    expect(replica!.isClosed).toBe(false);
    await advance(CLOSE_DEADLINE_MS);
    expect(replica).toMatchObject({ isOpen: true, isClosed: true, positionWaits: 0 });
  });
});

/** One replica that has all changes and is in use. */
async function caughtUp() {
  const scene = new FakeReplication('replica');
  await scene.follow();
  expect((await scene.read()).server).toBe('replica');
  return { scene, replica: scene.replicas[0]! };
}
