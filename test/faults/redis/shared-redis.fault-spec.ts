/** The Redis namespace: services share it exactly if they share a database. */
import { DatabaseIdentity, DatabaseOpening, migrate } from '@platform/database';
import { DedupCache } from '@testing/inbox';
import { LastKnownStocks } from '@testing/partner-sync';
import { Redis } from 'ioredis';
import request from 'supertest';
import { createApp } from '../../../apps/api/src/app';
import { aProduct, startCatalogue, testConfig, type TestCatalogue } from '../../support/catalogue';
import { createMysql, createSqlite, databases, openMysql, queryAt, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';
import { createProxiedMysql } from '../../support/servers/proxied-mysql';

const LIMIT = 5;
const SHA = 'a'.repeat(64);

let redis: PrivateRedis;
let commands: Redis;
const running: TestCatalogue[] = [];

beforeAll(async () => {
  redis = await startPrivateRedis();
  commands = new Redis(redis.url);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
  await commands.flushall();
});
afterAll(async () => {
  commands.disconnect();
  await redis.remove();
});

const settings = () => ({
  redis: redisAt(redis.url),
  cache: { isEnabled: true, ttlSeconds: 60 },
  rateLimit: { max: LIMIT, webhookMax: 1_000, windowSeconds: 60 },
});

async function start(createDatabase: () => Promise<TestDatabase>): Promise<TestCatalogue> {
  const catalogue = await startCatalogue(createDatabase, settings());
  running.push(catalogue);
  await eventually(
    () => metricOf(catalogue, 'farmlokal_redis_available', newClient()),
    (value) => value === 1,
  );
  return catalogue;
}

let clients = 0;
/** Returns a client address without requests in the rate limit window. */
const newClient = () => `10.7.${(clients += 1) >> 8}.${clients & 255}`;
const get = ({ app }: TestCatalogue, url: string, remoteAddress = newClient()) => app.inject({ url, remoteAddress });
const namesIn = async (of: TestCatalogue) =>
  (await get(of, '/products')).json<{ data: { name: string }[] }>().data.map(({ name }) => name);
const namespaceOf = ({ app }: TestCatalogue) => app.get(DatabaseIdentity).namespace;

describe.each(databases)('Redis namespace on %s', (_, createDatabase) => {
  it('Redis namespace: different databases share no pages, stock, duplicates, invalidations or limits', async () => {
    const [one, other] = [await start(createDatabase), await start(createDatabase)];
    await one.given(aProduct({ name: 'Of the one' }));
    await other.given(aProduct({ name: 'Of the other' }));
    expect(await namesIn(one)).toEqual(['Of the one']);
    await eventually(
      () => commands.keys(`farmlokal:${namespaceOf(one)}:cache:response:*`),
      (keys) => keys.length > 0,
    );
    expect(await namesIn(other)).toEqual(['Of the other']);

    const listener = commands.duplicate();
    const announced: string[] = [];
    await listener.psubscribe('farmlokal:*:catalogue:changed:v1');
    listener.on('pmessage', (__, channel) => announced.push(channel));
    await one.given(aProduct());
    await eventually(
      () => Promise.resolve(announced),
      (channels) => channels.length > 0,
    );
    listener.disconnect();
    expect(new Set(announced)).toEqual(new Set([`farmlokal:${namespaceOf(one)}:catalogue:changed:v1`]));

    const known = { externalId: 'a', stock: 7, version: 1, asOfMs: Date.now() };
    one.app.get(LastKnownStocks, { strict: false }).store(1, known);
    await eventually(
      () => commands.keys('farmlokal:*:products:known-stock:*'),
      (keys) => keys.length === 1,
    );
    expect(await other.app.get(LastKnownStocks, { strict: false }).find(1)).toBeUndefined();

    await one.app.get(DedupCache, { strict: false }).put('evt-1', SHA, 'DONE');
    expect(await one.app.get(DedupCache, { strict: false }).find('evt-1', SHA)).toBe('DONE');
    expect(await other.app.get(DedupCache, { strict: false }).find('evt-1', SHA)).toBeUndefined();

    const client = newClient();
    for (let sent = 0; sent < LIMIT; sent++) expect((await get(one, '/categories', client)).statusCode).toBe(200);
    expect((await get(one, '/categories', client)).statusCode).toBe(429);
    expect((await get(other, '/categories', client)).statusCode).toBe(200);
  });

  it('Redis namespace: services with one database have the same', async () => {
    const database = await createDatabase();
    const shared = () => Promise.resolve({ ...database, drop: () => Promise.resolve() });
    const [one, other] = [await start(shared), await start(shared)];
    expect(namespaceOf(one)).toMatch(/^[0-9a-f]{16}$/);
    expect(namespaceOf(other)).toBe(namespaceOf(one));
    await Promise.all(running.splice(0).map((each) => each.close()));
    await database.drop();
  });
});

it('Redis namespace: a copy of a database under another name has a different one', async () => {
  const server = new URL(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '');
  const original = await start(createMysql);
  const name = String(original.dataSource.options.database);
  const copied = await openMysql(server, `${name}_copy`);
  const migrated = await startCatalogue(() => Promise.resolve({ ...copied, drop: () => Promise.resolve() }));
  await migrated.close();
  await queryAt(
    server,
    `UPDATE ${name}_copy.database_identity SET value = (SELECT value FROM ${name}.database_identity)`,
  );
  const copy = await start(() => Promise.resolve(copied));
  expect(namespaceOf(copy)).toMatch(/^[0-9a-f]{16}$/);
  expect(namespaceOf(copy)).not.toBe(namespaceOf(original));
});

it('Redis namespace: Redis is not used before the database has been reached, and is used afterwards', async () => {
  const { database, proxy } = await createProxiedMysql();
  proxy.cut();
  const app = await createApp(testConfig(database.config, settings()));
  const opening = app.get(DatabaseOpening);
  await expect(opening.open(migrate)).rejects.toThrow();
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const redisHealth = async () => {
    const response = await request(app.getHttpServer()).get('/health');
    return (response.body as { details: { redis: { status: string; reason?: string } } }).details.redis;
  };
  const { reason } = await eventually(redisHealth, (health) => health.reason?.includes('database') === true);
  expect(reason).toContain('its key namespace is unknown until the database is reached');
  expect(await commands.keys('*')).toEqual([]);
  proxy.restore();
  await opening.open(migrate);
  await eventually(redisHealth, ({ status }) => status === 'up');
  await request(app.getHttpServer()).get('/products').expect(200); // whose response is stored in Redis
  await eventually(
    () => commands.keys('farmlokal:*'),
    (keys) => keys.length > 0,
  );
  await app.close();
  proxy.close();
  await database.drop();
});

it('database identity: repeating its migration does not replace it', async () => {
  const catalogue = await start(createSqlite);
  const read = () => catalogue.dataSource.query<{ value: string }[]>('SELECT value FROM database_identity');
  const before = await read();
  await catalogue.dataSource.query(`DELETE FROM schema_migrations WHERE name LIKE 'CreateDatabaseIdentity%'`);
  expect(await migrate(catalogue.dataSource)).toHaveLength(1);
  expect(await read()).toEqual(before);
});

it('database identity: an empty table is reported as an error, and inserting a row repairs it', async () => {
  const catalogue = await start(createSqlite);
  await catalogue.dataSource.query('DELETE FROM database_identity');
  const load = () => new DatabaseIdentity(catalogue.dataSource).load();
  await expect(load()).rejects.toThrow('The table database_identity is empty');
  await catalogue.dataSource.query('INSERT INTO database_identity VALUES (1, lower(hex(randomblob(16))))');
  await load();
});
