/** Three processes behind nginx share a Redis Cluster or Sentinel topology; a master is killed under load. */
import { setTimeout as delay } from 'node:timers/promises';
import { redisKeysOf } from '@testing/redis';
import { CleanUp } from '../support/clean-up';
import { createMysql } from '../support/databases';
import { Replicas, type Replica } from '../support/replicas';
import { startCluster, startSentinels, type FailoverTopology } from '../support/servers/redis-topologies';
import { SteadyLoad } from '../support/steady-load';
import { expectChangesSeen, expectLimitShared, inFrontOf, type Front } from './fleet';

const PER_SECOND = 60;

describe.each([
  ['Cluster', startCluster],
  ['Sentinel', startSentinels],
])('Redis failover with %s', (_, startTopology) => {
  const cleanUp = new CleanUp();
  let topology: FailoverTopology;
  let replicas: Replicas;
  let running: Replica[];
  let front: Front;

  beforeAll(async () => {
    topology = await startTopology();
    cleanUp.add(topology.stop);
    const database = await createMysql();
    cleanUp.add(database.drop);
    replicas = new Replicas(database, { ...topology.environment, TRUST_PROXY: '1' });
    cleanUp.add(() => replicas.remove());
    await replicas.prepare();
    await replicas.cli('seed', '--rows', '5000');
    running = await Promise.all([1, 2, 3].map(() => replicas.serve()));
    front = await inFrontOf(running);
    cleanUp.add(front.stop);
  }, 120_000);
  afterAll(() => cleanUp.run());

  it('failover: no request fails while a killed master is replaced', async () => {
    const load = new SteadyLoad([front.url], PER_SECOND);
    const loading = load.run(20_000);
    await delay(3_000);
    const keyOf = redisKeysOf(await replicas.namespace());
    const master = await topology.masterOf(keyOf('cache', 'version', 1));
    await master.kill();
    await topology.untilReplaced(master);
    await delay(3_000);
    await topology.restore();
    await loading;
    process.stdout.write(`  ${load.outcomes.length} requests during the failover, ${load.failed.length} failed\n`);
    expect(load.failed.slice(0, 10)).toEqual([]);
  });

  it('invalidation: after the failover, changes become visible at every process', () =>
    expectChangesSeen(front, running));

  it('rate limit: the requests of a client are counted across all processes', () => expectLimitShared(replicas));
});
