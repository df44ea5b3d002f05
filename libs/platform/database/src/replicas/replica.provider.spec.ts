import { Logger } from '@nestjs/common';
import { advance, useVirtualTime } from '@testing/resilience';
import { CLOSE_DEADLINE_MS } from '../reading.policy';
import { replicationPolicy } from './replication.policy';
import { connectionLost, FakeReplication } from './testing';

const { followEveryMs, waitMs, limitMs } = replicationPolicy;

describe('replica', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('lag: a replica that stops applying is left out when its data may be too old, and comes back', async () => {
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

  it('lag: the age of the data is known, and undefined for a replica that is left out', async () => {
    const { scene, replica } = await caughtUp();
    const [router] = scene.router.replicas;
    await advance(followEveryMs / 2);
    expect(router!.stalenessMs).toBe(followEveryMs / 2);
    replica.failure = connectionLost();
    await advance(followEveryMs);
    expect(router!.stalenessMs).toBeUndefined();
  });

  it('failure: a replica whose connection is lost is left out at once, and comes back after the next check', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = connectionLost();
    expect(await scene.serversOf(2)).toEqual(['primary', 'primary']);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['primary']);
    await advance(followEveryMs);
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('failure: a replica that hangs costs one read its deadline, and later reads nothing', async () => {
    const { scene, replica } = await caughtUp();
    replica.isHanging = true;
    const hung = scene.read();
    await advance(limitMs);
    expect(await hung).toMatchObject({ server: 'primary' });
    expect(await scene.serversOf(2)).toEqual(['primary', 'primary']);
  });

  it('failure: a replica that fails the check is left out without a read', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = connectionLost();
    await advance(followEveryMs);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('failure: a session that continued at the primary does not return to the replica', async () => {
    const { scene, replica } = await caughtUp();
    const session = scene.session();
    replica.failure = connectionLost();
    expect(await session.read()).toMatchObject({ server: 'primary' });
    replica.failure = undefined;
    await advance(followEveryMs);
    expect(await session.read()).toMatchObject({ server: 'primary' });
    expect(await scene.read()).toMatchObject({ server: 'replica' });
  });

  it.each([
    ['takes too long', { errno: 1969 }],
    ['is wrong', { errno: 1064 }],
  ])('failure: a statement that %s is no failure of the replica', async (_, { errno }) => {
    const { scene, replica } = await caughtUp();
    replica.failure = Object.assign(new Error('statement failed'), { errno });
    await expect(scene.read()).rejects.toThrow('statement failed');
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('overload: a replica with no free connection passes the read on, and is not left out', async () => {
    const { scene, replica } = await caughtUp();
    replica.failure = new Error('Queue limit reached.');
    expect(await scene.serversOf(1)).toEqual(['primary']);
    await advance(followEveryMs);
    replica.failure = undefined;
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('identity: a replica address that leads to another server in turn is left out, with the reason', async () => {
    const { scene, replica } = await caughtUp();
    for (const server of ['other', 'replica', 'other']) {
      replica.server = server;
      await advance(followEveryMs);
      expect(await scene.serversOf(1)).toEqual(['primary']);
      expect(scene.router.replicas[0]!.status).toMatch(/another server/);
    }
    await advance(followEveryMs);
    expect(await scene.serversOf(1)).toEqual(['other']);
  });

  it('polling: a replica that keeps up is checked at the interval', async () => {
    const { replica } = await caughtUp();
    const before = replica.positionsAsked;
    await advance(followEveryMs - 1);
    expect(replica.positionsAsked).toBe(before);
    await advance(9 * followEveryMs + 1);
    expect(replica.positionsAsked).toBe(before + 10);
  });

  it('polling: a new version starts a check at once, also while one is in progress', async () => {
    const { scene, replica } = await caughtUp();
    const before = replica.positionsAsked;
    scene.commit();
    await scene.read();
    await advance(0);
    expect(replica.positionsAsked).toBe(before + 1);
    replica.applied = 1; // the check in progress succeeds, and is older than the next change
    scene.commit();
    await scene.read();
    replica.applied = 2;
    await advance(waitMs / 10);
    expect(await scene.serversOf(1)).toEqual(['replica']);
  });

  it('polling: a replica that lags is asked again as soon as the server stops waiting', async () => {
    const { scene, replica } = await caughtUp();
    scene.primary.committed = 1;
    await advance(followEveryMs);
    const before = replica.positionsAsked;
    await advance(4 * waitMs);
    expect(replica.positionsAsked).toBe(before + 4);
  });

  it('polling: a server that answers NULL instead of waiting is not asked in a busy loop', async () => {
    const { scene, replica } = await caughtUp();
    replica.isWithoutPosition = true;
    scene.primary.committed = 1;
    const before = replica.positionsAsked;
    await advance(4 * followEveryMs);
    expect(replica.positionsAsked).toBeLessThanOrEqual(before + 4);
    expect(scene.router.replicas[0]!.isUsable).toBe(false);
  });

  it('log: each change of the status is logged once', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { scene, replica } = await caughtUp();
    await advance(5 * followEveryMs);
    replica.failure = connectionLost();
    await scene.read();
    await advance(5 * followEveryMs);
    replica.failure = undefined;
    await advance(5 * followEveryMs);
    const isReadFrom = ['replica:3306 is read from'];
    expect(log.mock.calls).toEqual([isReadFrom, isReadFrom]);
    expect(warn.mock.calls).toEqual([['replica:3306 is left out: read ECONNRESET']]);
    jest.restoreAllMocks();
  });

  it('shutdown: the loop ends and the connections are closed', async () => {
    const { scene, replica } = await caughtUp();
    await scene.router.onApplicationShutdown();
    expect(replica.isClosed).toBe(true);
    const asked = replica.positionsAsked;
    await advance(10 * followEveryMs);
    expect(replica.positionsAsked).toBe(asked);
  });

  it('shutdown: during a check the connections are closed as soon as the check ends', async () => {
    const { scene, replica } = await caughtUp();
    scene.commit();
    await scene.read();
    await advance(waitMs / 2); // the server waits for the position
    const stopping = scene.router.onApplicationShutdown();
    expect(replica.isClosed).toBe(false);
    replica.applied = 1; // the server answers
    await advance(1);
    await stopping;
    expect(replica.isClosed).toBe(true);
  });

  it('shutdown: a replica that is still being opened is closed when it is open, and is asked nothing', async () => {
    const scene = new FakeReplication('replica');
    const [replica] = scene.replicas;
    replica!.opensAfterMs = 2 * CLOSE_DEADLINE_MS;
    await scene.follow();
    const stopping = scene.router.onApplicationShutdown();
    await advance(CLOSE_DEADLINE_MS);
    await stopping;
    expect(replica!.isClosed).toBe(false);
    await advance(CLOSE_DEADLINE_MS);
    expect(replica).toMatchObject({ isOpen: true, isClosed: true, positionsAsked: 0 });
  });
});

/** One replica that has everything and is followed. */
async function caughtUp() {
  const scene = new FakeReplication('replica');
  await scene.follow();
  expect((await scene.read()).server).toBe('replica');
  return { scene, replica: scene.replicas[0]! };
}
