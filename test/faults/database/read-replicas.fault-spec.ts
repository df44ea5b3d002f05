/** Read replicas with real MySQL replication through a proxy. The cache is disabled, so that every response is read. */
import { ChangeFollower } from '@catalogue';
import { ReplicaRouter } from '@platform/database';
import request from 'supertest';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { openMysql, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';
import { startPrivateMysql } from '../../support/servers/private-mysql';
import { startProxy, type Proxy } from '../../support/servers/proxy';
import { startReplication, type Replication } from '../../support/servers/replication';

/** This product has another name on the replica, so that a response shows which server was read. */
const SIGN = aProduct({ externalId: 'sign', name: 'Primary', category: 'fruits' });
const pumpkin = (stock: number) => aProduct({ externalId: 'pumpkin', name: 'Pumpkin', stock });

describe('read replicas', () => {
  let replication: Replication;
  let proxy: Proxy;
  let catalogue: TestCatalogue;

  beforeAll(async () => {
    replication = await startReplication();
    proxy = await startProxy('127.0.0.1', Number(replication.replica.url.port));
    catalogue = await startCatalogue(() => onReplicated(replication.primary.url, proxy.port));
    catalogue.app.get(ReplicaRouter).startChecks();
    await catalogue.given(SIGN, pumpkin(0));
    await eventually(isReplicaUsable, (isUsable) => isUsable);
    await replication.onReplica(`UPDATE catalogue.products SET name = 'Replica' WHERE id = 1`);
  });
  beforeEach(() => eventually(nameOfSign, (name) => name === 'Replica'));
  afterAll(async () => {
    await catalogue.close();
    proxy.close();
    await replication.remove();
  });

  const get = (path: string) => request(catalogue.app.getHttpServer()).get(path);
  const isReplicaUsable = async () => (await metricOf(catalogue, 'farmlokal_replica_usable')) === 1;

  async function nameOfSign(): Promise<string> {
    return ((await get('/products/1').expect(200)).body as { name: string }).name;
  }

  /** Reads the stock by product id and by a list, which combines the index cache with rows from the database. */
  async function stocks(): Promise<number[]> {
    const one = (await get('/products/2').expect(200)).body as { stock: number };
    const list = (await get('/products?search=pumpkin&sort=price').expect(200)).body as { data: { stock: number }[] };
    return [one.stock, ...list.data.map(({ stock }) => stock)];
  }

  /** Reads continuously before, during and after a fault. Returns the statuses of all responses. */
  async function readAllTheWhile(meanwhile: () => void): Promise<number[]> {
    const statuses = new Set<number>();
    const endsAtMs = performance.now() + 1_500;
    const reader = async () => {
      while (performance.now() < endsAtMs) statuses.add((await get('/products?search=pumpkin')).status);
    };
    const reading = Promise.all(Array.from({ length: 8 }, reader));
    setTimeout(meanwhile, 300);
    await reading;
    return [...statuses];
  }

  it('read-your-writes: a change is visible before the replica applies it, and the replica is used again', async () => {
    await replication.stopApplying();
    await catalogue.given(pumpkin(7), aProduct({ externalId: 'leek', name: 'Leek' }));
    expect(await stocks()).toEqual([7, 7]);
    expect(await nameOfSign()).toBe('Primary');
    expect((await get('/products?search=leek').expect(200)).body).toMatchObject({ data: [{ name: 'Leek' }] });
    await replication.resumeApplying();
    await eventually(nameOfSign, (name) => name === 'Replica');
    expect(await stocks()).toEqual([7, 7]);
  });

  it('read-your-writes: each of 200 changes is visible at once while the replica is in use', async () => {
    const names = new Set<string>();
    for (let stock = 100; stock < 300; stock++) {
      await catalogue.given(pumpkin(stock));
      expect(await stocks()).toEqual([stock, stock]);
      names.add(await nameOfSign());
    }
    expect(names).toContain('Replica');
  });

  it.each([
    ['is disconnected', () => proxy.cut(), () => proxy.restore()],
    ['hangs', () => proxy.freeze(), () => proxy.thaw()],
  ])('replica outage: every read succeeds if the replica %s', async (_, fail, mend) => {
    expect(await readAllTheWhile(fail)).toEqual([200]);
    expect(await isReplicaUsable()).toBe(false);
    mend();
  });

  it('primary outage: the replica is read until it may be outdated, and events get 503', async () => {
    await replication.primary.kill();
    await eventually(
      () => get('/health/ready'),
      ({ body }) => (body as { status?: string }).status === 'degraded',
    );
    expect(await stocks()).toEqual([299, 299]);
    expect(await nameOfSign()).toBe('Replica');
    const event = { event: 'stock.updated', id: 'pumpkin', version: 1, data: { stock: 1 } };
    await request(catalogue.app.getHttpServer()).post('/webhook').set('x-event-id', 'evt-1').send(event).expect(503);
    const follower = catalogue.app.get(ChangeFollower, { strict: false });
    jest.spyOn(follower, 'lastPosition', 'get').mockReturnValue(1e9); // a change at an unknown GTID, which the replica may lack
    await get('/products/1').expect(503);
    await get('/health/ready').expect(503);
    await replication.primary.restart();
    await eventually(
      () => get('/products/1'),
      ({ status }) => status === 200,
    );
  });
});

describe('read replicas without GTIDs', () => {
  it('GTID: without GTIDs the primary is read, and the status of the replica names the reason', async () => {
    const mysql = await startPrivateMysql();
    const catalogue = await startCatalogue(() => onReplicated(mysql.url, Number(mysql.url.port)));
    const servers = catalogue.app.get(ReplicaRouter);
    servers.startChecks();
    await eventually(
      () => servers.replicas[0]?.status,
      (status) => String(status).includes('has no GTIDs'),
    );
    await catalogue.given(SIGN);
    await request(catalogue.app.getHttpServer()).get('/products/1').expect(200);
    expect(await metricOf(catalogue, 'farmlokal_replica_usable')).toBe(0);
    await catalogue.close();
    await mysql.remove();
  });
});

async function onReplicated(primary: URL, replicaPort: number): Promise<TestDatabase> {
  const database = await openMysql(primary, 'catalogue');
  if (database.config.kind !== 'mysql') throw new Error('replicas require MySQL');
  const replicas = [{ host: '127.0.0.1', port: replicaPort }];
  const config = { ...database.config, replicas, replicaMaxLagSeconds: 2 };
  return { ...database, config, drop: () => Promise.resolve() };
}
