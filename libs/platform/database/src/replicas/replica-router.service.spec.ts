import { Logger } from '@nestjs/common';
import type { AppConfig } from '@platform/config';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { ReplicaRouter } from './replica-router.service';
import { replicationPolicy } from './replication.policy';
import { connectionLost, FakePrimary, FakeReplication } from './testing';

const { checkIntervalMs, waitMs } = replicationPolicy;

describe('replica router', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('no replicas: every read goes to the primary', async () => {
    const scene = new FakeReplication();
    await scene.follow();
    expect(await scene.serversOf(2)).toEqual(['primary', 'primary']);
    expect(scene.primary.positionReads).toBe(0);
  });

  it('SQLite: every read goes to the only database', async () => {
    const { reader } = new FakePrimary();
    const config = { database: { kind: 'sqlite' } } as AppConfig;
    const router = new ReplicaRouter(config, reader as never, {} as never, new TestClock(), {} as never);
    expect(await router.openSession('v0').read({ text: 'SELECT 1', values: [] }, 100)).toMatchObject([
      { server: 'primary' },
    ]);
  });

  it('CLI: replicas are not used without `follow`', async () => {
    const scene = new FakeReplication('replica');
    await advance(10 * checkIntervalMs);
    expect(await scene.serversOf(1)).toEqual(['primary']);
    expect(scene.replicas[0]!.isOpen).toBe(false);
  });

  it.each(['mariadb', 'mysql'] as const)(
    'first check: a %s replica is not used before it has reached the position of the primary',
    async (kind) => {
      const scene = new FakeReplication('replica');
      const [replica] = scene.replicas;
      scene.primary.kind = replica!.kind = kind;
      scene.primary.committed = 5;
      await scene.follow();
      await advance(checkIntervalMs);
      expect(await scene.serversOf(1)).toEqual(['primary']);
      replica!.applied = 5;
      await advance(checkIntervalMs);
      expect(await scene.serversOf(1)).toEqual(['replica']);
    },
  );

  it('read-your-writes: after a change, reads go to the primary until the replica has the change', async () => {
    const { scene, replica } = await caughtUp();
    scene.commit();
    expect(await scene.read()).toEqual({ server: 'primary', transactions: 1 });
    await advance(waitMs);
    expect(await scene.read()).toEqual({ server: 'primary', transactions: 1 });
    replica.applied = 1;
    await advance(waitMs);
    expect(await scene.read()).toEqual({ server: 'replica', transactions: 1 });
  });

  it('read-your-writes: no read is older than a change announced before it, over many changes', async () => {
    const { scene, replica } = await caughtUp();
    const servers = new Set<string>();
    const readNewest = async () => {
      const { server, transactions } = await scene.read();
      servers.add(server);
      expect(transactions).toBe(scene.primary.committed);
    };
    for (let change = 1; change <= 100; change++) {
      scene.commit();
      await readNewest();
      await advance((change * 7) % 13);
      if (change % 4 !== 0) replica.applied = scene.primary.committed;
      await advance((change * 5) % 11);
      await readNewest();
    }
    expect(servers).toEqual(new Set(['primary', 'replica']));
  });

  it('round robin: reads alternate between the usable replicas', async () => {
    const scene = new FakeReplication('one', 'two', 'three');
    scene.replicas[1]!.failure = connectionLost();
    await scene.follow();
    expect(await scene.serversOf(4)).toEqual(['one', 'three', 'one', 'three']);
  });

  it('round robin: after a change only the replicas that have it are used', async () => {
    const scene = new FakeReplication('slow', 'fast');
    await scene.follow();
    scene.commit();
    scene.replicas[1]!.applied = 1;
    await scene.read(); // the first read with the new version starts the check
    await advance(waitMs);
    expect(await scene.serversOf(3)).toEqual(['fast', 'fast', 'fast']);
  });

  it('hasCurrentReplica: it is true only while a replica has all announced changes', async () => {
    const { scene, replica } = await caughtUp();
    expect(scene.router.hasCurrentReplica).toBe(true);
    scene.commit();
    await scene.read();
    expect(scene.router.hasCurrentReplica).toBe(false);
    replica.applied = 1;
    await advance(waitMs);
    expect(scene.router.hasCurrentReplica).toBe(true);
  });

  it('shutdown: all replicas are closed', async () => {
    const scene = new FakeReplication('one', 'two');
    await scene.follow();
    await scene.router.onApplicationShutdown();
    expect(scene.replicas.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});

/** One replica that has all changes and is in use. */
async function caughtUp() {
  const scene = new FakeReplication('replica');
  await scene.follow();
  expect((await scene.read()).server).toBe('replica');
  return { scene, replica: scene.replicas[0]! };
}
