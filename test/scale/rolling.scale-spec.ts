/**
 * A small production set-up: three processes behind nginx with a primary, a replica and a Redis. Under load, each
 * process is stopped and replaced.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CleanUp } from '../support/clean-up';
import { openMysql } from '../support/databases';
import { eventually } from '../support/eventually';
import { metricAt } from '../support/metrics';
import { Replicas, type Replica } from '../support/replicas';
import { startPrivateRedis } from '../support/servers/private-redis';
import { startReplication } from '../support/servers/replication';
import { freePort } from '../support/servers/servers';
import { SteadyLoad } from '../support/steady-load';
import { expectChangesSeen, expectLimitShared, inFrontOf, type Front } from './fleet';

const PER_SECOND = 100;

const cleanUp = new CleanUp();
let replicas: Replicas;
let ports: number[];
let running: Replica[];
let front: Front;

beforeAll(async () => {
  const replication = await startReplication();
  cleanUp.add(replication.remove);
  const redis = await startPrivateRedis();
  cleanUp.add(redis.remove);
  replicas = new Replicas(await openMysql(replication.primary.url, 'catalogue'), {
    REDIS_URL: redis.url,
    MYSQL_REPLICA_HOSTS: `127.0.0.1:${replication.replica.url.port}`,
    TRUST_PROXY: '1',
    SHUTDOWN_GRACE_SECONDS: '2',
  });
  cleanUp.add(() => replicas.remove());
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '20000');
  ports = [await freePort(), await freePort(), await freePort()];
  running = await Promise.all(ports.map(serve));
  front = await inFrontOf(running);
  cleanUp.add(front.stop);
}, 120_000);
afterAll(() => cleanUp.run());

const serve = (port: number) => replicas.serve({ PORT: String(port) });

async function untilReady(process: Replica): Promise<void> {
  await eventually(
    () => fetch(`${process.url}/health/ready`),
    ({ ok }) => ok,
  );
}

it('rolling restart: no request fails while all processes are replaced one after another', async () => {
  const load = new SteadyLoad([front.url], PER_SECOND);
  const loading = load.run(30_000);
  for (const [at, port] of ports.entries()) {
    await delay(2_000);
    await replicas.stop('SIGTERM', running[at]!);
    expect((await running[at]!.finished).code).toBe(0); // graceful shutdown, not SIGKILL
    running[at] = await serve(port);
    await untilReady(running[at]);
  }
  await loading;
  process.stdout.write(
    `  ${load.outcomes.length} requests while three processes were replaced, ${load.failed.length} failed\n`,
  );
  expect(load.failed.slice(0, 10)).toEqual([]);
  for (const each of running) expect(await metricAt(each.url, 'farmlokal_replica_usable')).toBe(1);
}, 60_000);

it('invalidation: changes are visible at every process', () => expectChangesSeen(front, running));

it('rate limit: the requests of a client are counted across all processes', () => expectLimitShared(replicas));
