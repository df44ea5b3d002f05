/** Replicas of the built service with a Redis of their own: one test of each kind of fault. test/faults has all of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { Balancer } from '../support/balancer';
import { ClientLoad } from '../support/client-load';
import { crash } from '../support/crash';
import { createMysql, type TestDatabase } from '../support/databases';
import { eventually } from '../support/eventually';
import { metricAt } from '../support/metrics';
import { startPrivateRedis, type PrivateRedis } from '../support/private-redis';
import { startProxy, type Proxy } from '../support/proxy';
import { Replicas, send, type Replica } from '../support/replicas';

let database: TestDatabase;
/** Between `replica` and its database. */
let wire: Proxy;
let redis: PrivateRedis;
let replicas: Replicas;
/** Runs through all tests; the last one replaces it. */
let replica: Replica;

beforeAll(async () => {
  redis = await startPrivateRedis();
  database = await createMysql();
  const { MYSQL_HOST = '', MYSQL_PORT } = database.environment;
  wire = await startProxy(MYSQL_HOST, Number(MYSQL_PORT));
  replicas = new Replicas(database, { REDIS_URL: redis.url });
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '500');
  const throughWire = { MYSQL_HOST: '127.0.0.1', MYSQL_PORT: String(wire.port) };
  replica = await replicas.serve({ ...throughWire, SHUTDOWN_GRACE_SECONDS: '1' });
});
afterAll(async () => {
  await replicas.remove();
  wire.close();
  await redis.remove();
  await database.drop();
});

it('killed worker: an event is applied once by the replica that is left', async () => {
  const survivor = replica;
  await crash({ point: 'wk.done.updated', action: 'kill', senders: 3 }, { replicas, survivor, proxy: undefined });
});

it('lost Redis: every read and every event succeeds', async () => {
  const untilRedisIs = (available: number) =>
    eventually(
      () => metricAt(replica.url, 'farmlokal_redis_available'),
      (found) => found === available,
    );
  await untilRedisIs(1);
  const load = new ClientLoad(replica.url);
  await delay(300);
  await redis.kill();
  await untilRedisIs(0);
  await redis.restart();
  await untilRedisIs(1);
  await delay(300);
  expect([...(await load.end()).keys()].toSorted()).toEqual(['200', '202']);
});

it('lost database: cached pages are served, others and events get 503, and the service recovers', async () => {
  const { url } = replica;
  const ready = () => statusOf(`${url}/health/ready`);
  const cached = `${url}/products?search=tomato`;
  await eventually(
    async () => (await fetch(cached, { headers: { connection: 'close' } })).headers.get('cache-status') ?? '',
    (cacheStatus) => cacheStatus.includes('hit'),
  );
  wire.cut();
  await eventually(ready, (status) => status === 503);
  expect(await statusOf(cached)).toBe(200);
  const missed = await fetch(`${url}/products?search=potato`, { headers: { connection: 'close' } });
  expect(missed.status).toBe(503);
  expect(missed.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await send(url, 'while-away', { event: 'test.count' })).toBe(503);
  expect(await statusOf(`${url}/health/live`)).toBe(200);
  wire.mend();
  await eventually(ready, (status) => status === 200);
  expect(await send(url, 'while-away', { event: 'test.count' })).toBe(202);
  await eventually(
    () => replicas.states(),
    (states) => states['while-away'] === 'DONE',
  );
});

it('rolling restart: no read and no event fails while the replica is replaced by another', async () => {
  const balancer = new Balancer();
  const front = await balancer.start();
  await balancer.add(replica.url);
  const load = new ClientLoad(front);
  await balancer.add((await replicas.serve()).url);
  replica.child.kill('SIGTERM');
  expect((await replica.finished).code).toBe(0);
  balancer.remove(replica.url);
  const statuses = await load.end();
  balancer.stop();
  expect([...statuses.keys()].toSorted()).toEqual(['200', '202']);
  expect(statuses.get('200')).toBeGreaterThan(100);
});

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  await answer.arrayBuffer();
  return answer.status;
}
