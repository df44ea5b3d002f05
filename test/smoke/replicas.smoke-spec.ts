/** Replicas of the built service with a private Redis: one test per kind of fault. test/faults contains the others. */
import { setTimeout as delay } from 'node:timers/promises';
import { ClientLoad } from '../support/client-load';
import { crash } from '../support/crash';
import type { TestDatabase } from '../support/databases';
import { eventually } from '../support/eventually';
import { untilRedisIs } from '../support/metrics';
import { Replicas, send, type Replica } from '../support/replicas';
import { Balancer } from '../support/servers/balancer';
import { startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';
import { createProxiedMysql } from '../support/servers/proxied-mysql';
import type { Proxy } from '../support/servers/proxy';

let database: TestDatabase;
/** Between `replica` and its database. */
let databaseProxy: Proxy;
let redis: PrivateRedis;
let replicas: Replicas;
/** Used by all tests; the last one replaces it. */
let replica: Replica;

beforeAll(async () => {
  redis = await startPrivateRedis();
  const proxied = await createProxiedMysql();
  ({ direct: database, proxy: databaseProxy } = proxied);
  replicas = new Replicas(database, { REDIS_URL: redis.url });
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '500');
  replica = await replicas.serve({ ...proxied.database.environment, SHUTDOWN_GRACE_SECONDS: '1' });
});
afterAll(async () => {
  await replicas.remove();
  databaseProxy.close();
  await redis.remove();
  await database.drop();
});

it('killed worker: the surviving replica applies the event exactly once', async () => {
  const survivor = replica;
  await crash({ point: 'wk.done.updated', action: 'kill', senders: 3 }, { replicas, survivor, proxy: undefined });
});

it('Redis outage: every read and every event succeeds', async () => {
  await untilRedisIs(1, replica.url);
  const load = new ClientLoad(replica.url);
  await delay(300);
  await redis.kill();
  await untilRedisIs(0, replica.url);
  await redis.restart();
  await untilRedisIs(1, replica.url);
  await delay(300);
  expect([...(await load.end()).keys()].toSorted()).toEqual(['200', '202']);
});

it('database outage: cached pages are served, others and events get 503, and the service recovers', async () => {
  const { url } = replica;
  const ready = () => statusOf(`${url}/health/ready`);
  const cached = `${url}/products?search=tomato`;
  await eventually(
    async () => (await fetch(cached, { headers: { connection: 'close' } })).headers.get('cache-status') ?? '',
    (cacheStatus) => cacheStatus.includes('hit'),
  );
  databaseProxy.cut();
  await eventually(ready, (status) => status === 503);
  expect(await statusOf(cached)).toBe(200);
  const missed = await fetch(`${url}/products?search=potato`, { headers: { connection: 'close' } });
  expect(missed.status).toBe(503);
  expect(missed.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await send(url, 'during-outage', { event: 'test.count' })).toBe(503);
  expect(await statusOf(`${url}/health/live`)).toBe(200);
  databaseProxy.restore();
  await eventually(ready, (status) => status === 200);
  expect(await send(url, 'during-outage', { event: 'test.count' })).toBe(202);
  await eventually(
    () => replicas.states(),
    (states) => states['during-outage'] === 'DONE',
  );
});

it('rolling restart: no read and no event fails while a replica is replaced', async () => {
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
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}
