/**
 * Replicas share Redis in each topology and serve requests while Redis servers fail. The failover tests run first:
 * ioredis keeps a timer of two seconds per lost connection, which would otherwise delay the end of the run.
 */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseIdentity } from '@platform/database';
import { parseConfig } from '@testing/config';
import { redisKeysOf } from '@testing/redis';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createMysql, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';
import { cutConnections } from '../../support/servers/redis-administration';
import {
  startCluster,
  startOne,
  startSecureCluster,
  startSecureOne,
  startSecureSentinel,
  startSentinels,
  type ClusterTopology,
  type FailoverTopology,
  type SentinelTopology,
  type Topology,
} from '../../support/servers/redis-topologies';

type Replicas = readonly [TestCatalogue, TestCatalogue];

const LIMIT = 10;
/** Upper bound for commands that time out during a failover, among hundreds of requests with three commands each. */
const FEW = 30;
/** Time until a recovered Redis is used again. */
const SOON_MS = 2_000;
/** Time until the service considers its connection dead. */
const LONG_MS = 4_200;

let database: TestDatabase;
/** Key of a cached page, and the channel that announces changes. */
let page: string;
let changed: string;
let one: Awaited<ReturnType<typeof startOne>>;
let sentinels: SentinelTopology;
let cluster: ClusterTopology;
let secured: Topology[];
let starting: Promise<Topology>[] = [];
const replicas: TestCatalogue[] = [];

/** While a cluster is down, ioredis 5.11 adds a listener to its last connection at each attempt to subscribe. */
const { defaultMaxListeners } = EventEmitter;
beforeAll(() => void (EventEmitter.defaultMaxListeners = Infinity));
afterAll(() => void (EventEmitter.defaultMaxListeners = defaultMaxListeners));

/** Starts all topologies and creates the schema concurrently, because servers need time to find each other. */
beforeAll(async () => {
  database = await createMysql();
  const secure = [startSecureOne(), startSecureSentinel(), startSecureCluster()];
  const plain = [startOne(), startSentinels(), startCluster()] as const;
  starting = [...plain, ...secure];
  const migrated = startReplica({ environment: {} });
  await Promise.allSettled([...starting, migrated]);
  const keyOf = redisKeysOf((await migrated).app.get(DatabaseIdentity).namespace ?? '');
  page = keyOf('cache', 'response', 2, createHash('sha256').update('/products').digest('base64url'));
  changed = keyOf('catalogue', 'changed', 1);
  [one, sentinels, cluster] = await Promise.all(plain);
  secured = await Promise.all(secure);
});
afterEach(() => Promise.all(replicas.splice(0).map((each) => each.close())));
afterAll(async () => {
  for (const each of await Promise.allSettled(starting)) if (each.status === 'fulfilled') await each.value.stop();
  await database.drop();
});

async function startReplica({ environment }: Pick<Topology, 'environment'>): Promise<TestCatalogue> {
  const shared = { ...database, drop: () => Promise.resolve() };
  const replica = await startCatalogue(() => Promise.resolve(shared), {
    redis: parseConfig(environment, () => '').redis,
    cache: { isEnabled: true, ttlSeconds: 60 },
    rateLimit: { max: LIMIT, webhookMax: 0, windowSeconds: 60 },
  });
  replicas.push(replica);
  return replica;
}

async function startReplicas(topology: Topology): Promise<Replicas> {
  const both = await Promise.all([startReplica(topology), startReplica(topology)]);
  await untilFound(both);
  return both;
}

let counter = 0;
/** Returns a URL that has not been requested yet. */
const newUrl = () => `/products?maxPrice=${(counter += 1)}`;
const newClient = () => `10.0.${(counter += 1) >> 8}.${counter & 255}`;

const get = ({ app }: TestCatalogue, url = newUrl(), client = newClient()) =>
  app.inject({ url, remoteAddress: client });

const metric = (of: TestCatalogue, name: string) => metricOf(of, `farmlokal_redis_${name}`, newClient());

async function countUnanswered(all: Replicas): Promise<number> {
  const counts = await Promise.all(all.map((each) => metric(each, 'failures_total{kind="unanswered"}')));
  return counts.reduce((sum, count) => sum + count);
}

async function untilFound(all: Replicas): Promise<void> {
  for (const each of all)
    await eventually(
      () => metric(each, 'available'),
      (value) => value === 1,
    );
}

async function untilPagesAreShared([writer, reader]: Replicas): Promise<void> {
  const readShared = async () => {
    const url = newUrl();
    await get(writer, url);
    await delay(10); // the page is stored after the response is sent
    return (await get(reader, url)).headers['cache-status'];
  };
  await eventually(readShared, (status) => String(status).includes('hit'));
}

async function expectChangesSeen([changer, reader]: Replicas): Promise<void> {
  const name = `Change${(counter += 1)}`;
  const find = async () => (await get(reader, `/products?search=${name}`)).json<{ data: unknown[] }>().data.length;
  expect(await find()).toBe(0);
  await changer.given(aProduct({ name }));
  await eventually(find, (count) => count === 1); // long before the TTL
}

async function expectAllShared(all: Replicas): Promise<void> {
  await untilFound(all);
  for (const each of [all, [all[1], all[0]]] as const) {
    await untilPagesAreShared(each);
    await expectChangesSeen(each);
  }
}

/** Requests uncached pages from both replicas during a fault. Expects that every response is a 200. */
async function expectServedDuring(all: Replicas, fault: () => Promise<void>): Promise<void> {
  const before = await countUnanswered(all);
  const statuses: number[] = [];
  let isOver = false;
  const keepRequesting = async (of: TestCatalogue) => {
    while (!isOver) {
      statuses.push((await get(of)).statusCode);
      await delay(20);
    }
  };
  await Promise.all([...all.map(keepRequesting), fault().finally(() => (isOver = true))]);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((await countUnanswered(all)) - before).toBeLessThanOrEqual(FEW);
}

describe.each([
  ['Sentinel', (): FailoverTopology => sentinels],
  ['Cluster', (): FailoverTopology => cluster],
])('Redis failover with %s', (_, topology) => {
  afterEach(() => topology().restore());

  it.each([
    ['is killed', 'kill'],
    ['hangs', 'pause'],
  ] as const)('failover: no request fails, and replicas share the new master if the old one %s', async (__, lose) => {
    const { masterOf, moveSubscriptions, untilReplaced, countSubscriptions } = topology();
    const both = await startReplicas(topology());
    const master = await masterOf(page);
    await moveSubscriptions(changed, master);
    await expectServedDuring(both, async () => {
      await master[lose]();
      await untilReplaced(master);
      await untilFound(both);
    });
    await expectAllShared(both);
    await eventually(
      () => countSubscriptions(changed),
      (count) => count === both.length,
    );
  });
});

describe('Redis Sentinel', () => {
  afterEach(() => sentinels.restore());

  it('Sentinel outage: replicas reconnect to the master through the one remaining sentinel', async () => {
    const both = await startReplicas(sentinels);
    const master = await sentinels.masterOf(page);
    await expectServedDuring(both, async () => {
      for (const each of sentinels.sentinels.slice(0, -1)) each.pause();
      await cutConnections(master);
      await expectAllShared(both);
    });
  });

  it('Sentinel outage: replicas reconnect to the master after all sentinels were restarted', async () => {
    const both = await startReplicas(sentinels);
    const master = await sentinels.masterOf(page);
    await expectServedDuring(both, async () => {
      for (const each of sentinels.sentinels) await each.kill();
      await cutConnections(master);
      await delay(LONG_MS);
      await sentinels.restore();
      await expectAllShared(both);
    });
  });
});

describe('Redis Cluster', () => {
  afterEach(() => cluster.restore());

  it('Cluster resharding: replicas follow a key to its new master', async () => {
    const both = await startReplicas(cluster);
    await expectServedDuring(both, async () => {
      const { finish } = await cluster.beginMove(page);
      await expectAllShared(both);
      await finish();
      await expectAllShared(both);
    });
  });

  it('Cluster resharding: no request fails if the target master of a key is killed', async () => {
    const both = await startReplicas(cluster);
    const { to, abort } = await cluster.beginMove(page);
    await expectServedDuring(both, async () => {
      await to.kill();
      await cluster.untilReplaced(to);
      await delay(SOON_MS); // after reconnecting, replicas are redirected to the killed server for the key
    }).finally(abort);
    await expectAllShared(both);
  });

  it('Cluster outage: no request fails while all servers are down, and replicas share it afterwards', async () => {
    const both = await startReplicas(cluster);
    await expectServedDuring(both, async () => {
      for (const each of cluster.servers) await each.kill();
      await delay(LONG_MS);
      await cluster.restore();
      await expectAllShared(both);
    });
  });
});

it('Redis login: if it is wrong or missing, pages are cached in the process only', async () => {
  const start = (login: string) => startReplica({ environment: one.environmentFor(login) });
  for (const each of await Promise.all(['', ':wrong@', 'nobody:sec%2Fret%40x@'].map(start))) {
    expect((await get(each, '/categories')).headers['cache-status']).toMatch(/fwd=miss; stored/);
    expect((await get(each, '/categories')).headers['cache-status']).toMatch(/hit/);
    expect(await metric(each, 'available')).toBe(0);
  }
});

describe.each([
  ['one server', () => one],
  ['Sentinel', () => sentinels],
  ['Cluster', () => cluster],
  ['one server with TLS', () => secured[0]!],
  ['Sentinel with TLS', () => secured[1]!],
  ['Cluster with TLS', () => secured[2]!],
])('shared Redis: %s', (_, topology) => {
  it('shared Redis: replicas share pages, invalidations and rate limits', async () => {
    const both = await startReplicas(topology());
    await expectAllShared(both);
    const client = newClient();
    const statuses = [];
    for (let i = 0; i < LIMIT; i++)
      for (const each of both) statuses.push((await get(each, '/categories', client)).statusCode);
    const admitted = statuses.filter((status) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(LIMIT);
    expect(admitted).toBeLessThanOrEqual(LIMIT + both.length); // each replica may be one hit ahead
  });
});
