/** The partner sync: as a command and scheduled, killed between pages, and after it has lost its lease. */
import { createMysql, databases, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { Replicas, send, type Replica } from '../../support/replicas';
import { Sandbox } from '../../support/sandbox';

const PRODUCTS = 1_500;

interface StoredProduct {
  readonly externalId: string;
  readonly name: string;
  readonly stock: number;
}

let createDatabase: () => Promise<TestDatabase> = createMysql;
let replicas: Replicas;
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await Sandbox.start('--products', String(PRODUCTS)); // with fresh data
  replicas = await Replicas.on(createDatabase, sandbox.environment);
});
afterEach(async () => {
  await replicas.remove();
  await sandbox.stop();
});

const sync = (...args: string[]) => replicas.start('cli', ['sync', ...args]).finished;
const stored = () =>
  replicas.onDatabase((dataSource) =>
    dataSource.query<StoredProduct[]>(
      'SELECT external_id AS externalId, name, stock FROM products ORDER BY external_id',
    ),
  );
const find = async (externalId: string) => (await stored()).find((each) => each.externalId === externalId);

describe.each(databases)('partner sync on %s', (_, create) => {
  beforeAll(() => {
    createDatabase = create;
  });

  it('delta sync: reads all products first, then only changes and removals, then nothing', async () => {
    expect(await sync()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${PRODUCTS} read: ${PRODUCTS} changed`) as string,
    });
    await sandbox.change('demo-000000007', { stock: 4_711 });
    await sandbox.change('new-one', { name: 'Moon Melon', price: 9.5 });
    await sandbox.remove('demo-000000008');
    expect((await sync()).stdout).toContain('3 read: 2 changed, 1 removed');
    expect((await sync()).stdout).toContain('0 read');
    expect(await stored()).toHaveLength(PRODUCTS);
    expect(await find('demo-000000007')).toMatchObject({ stock: 4_711 });
    expect(await find('new-one')).toMatchObject({ name: 'Moon Melon' });
    expect(await find('demo-000000008')).toBeUndefined();
    expect((await sync('--since', new Date(Date.now() - 3_600_000).toISOString())).stdout).toContain(
      '3 read: 0 changed, 0 removed, 0 unchanged, 3 outdated',
    );
  });

  it('resume: a sync that is killed after a page continues with the next and reads no page twice', async () => {
    const kill = { FARMLOKAL_FAILPOINTS: 'sy.committed=kill' };
    expect((await replicas.start('cli', ['sync'], kill).finished).code).toBeNull();
    expect(await stored()).toHaveLength(500);
    expect((await sync()).stdout).toContain(`${PRODUCTS - 500} read: ${PRODUCTS - 500} changed`);
    expect(await stored()).toHaveLength(PRODUCTS);
  });
});

describe('partner sync', () => {
  it('fencing: a process that has lost its lease exits with code 1 and names the reason', async () => {
    const paused = replicas.start('cli', ['sync'], {
      FARMLOKAL_FAILPOINTS: 'sy.committed=stop',
    });
    let stderr = '';
    paused.child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
    await eventually(
      () => stderr,
      (text) => text.includes('failpoint'),
    );
    expect((await sync()).stdout).toContain(`${PRODUCTS - 500} read`); // waits until the lease expires
    paused.child.kill('SIGCONT');
    const { code, stderr: message } = await paused.finished;
    expect([code, message]).toEqual([1, expect.stringContaining('taken over the sync lease')]);
  });

  it('exit code: an interrupted sync exits with 130 and prints how to continue', async () => {
    await sandbox.inject('products', { kind: 'stall' });
    await sandbox.clearRequestLog();
    const stalled = replicas.start('cli', ['sync']);
    await eventually(
      () => sandbox.count('products'),
      (count) => count > 0,
    );
    stalled.child.kill('SIGINT');
    const { code, stdout } = await stalled.finished;
    expect([code, stdout]).toEqual([130, expect.stringContaining('Run the command again to continue')]);
  });

  it('rejects: an unusable product is skipped and named, and the exit code is 3', async () => {
    await sandbox.change('demo-000000009', { price: 12.345 });
    await sandbox.change('two%20%20spaces', { stock: 1 });
    const some = await sync();
    expect([some.code, some.stdout]).toEqual([3, expect.stringContaining('2 rejected')]);
    expect(some.stdout + some.stderr).toContain('demo-000000009');
  });

  it('scheduled sync: a configured replica syncs by itself, and readers see the changes', async () => {
    const one = await replicas.serve({ SYNC_EVERY_SECONDS: '1' });
    const stockOf = async ({ url }: Replica) => {
      const response = await fetch(`${url}/products/1`, { headers: { connection: 'close' } });
      return ((await response.json()) as { stock?: number }).stock;
    };
    await eventually(
      () => stockOf(one),
      (stock) => stock !== undefined,
    );
    await sandbox.change('demo-000000001', { stock: 999 });
    await eventually(
      () => stockOf(one),
      (stock) => stock === 999,
    );
  });

  it('order.updated: it stores a new product and is not blocked by an unusable or missing one', async () => {
    await sync();
    const one = await replicas.serve();
    await sandbox.change('new-one', { name: 'Moon Melon', price: 9.5, stock: 20 });
    await sandbox.change('bad-one', { price: 12.345, stock: 20 });
    const lines = ['new-one', 'bad-one', 'nowhere', 'demo-000000030'];
    const { id } = await sandbox.order(...lines.map((productId) => ({ productId, quantity: 1 })));
    await sandbox.change('demo-000000030', { stock: 3_030 });
    await send(one.url, 'mixed', { event: 'order.updated', id });
    await eventually(
      () => replicas.states(),
      (states) => states['mixed'] === 'DONE',
    );
    expect(await find('new-one')).toMatchObject({ stock: 19 });
    expect(await find('bad-one')).toBeUndefined();
    expect(await find('demo-000000030')).toMatchObject({ stock: 3_030 });
  });

  it('lookup: events without data are looked up at the partner, and wait in RETRY during its outage', async () => {
    await sync();
    const one = await replicas.serve();
    await sandbox.stop();
    const thin = { id: 'demo-000000021' };
    await send(one.url, 'thin-1', { event: 'stock.updated', ...thin });
    await send(one.url, 'thin-2', { event: 'order.updated', id: 22 });
    await eventually(
      () => replicas.states(),
      (states) => states['thin-1'] === 'RETRY' && states['thin-2'] === 'RETRY',
    );
    await sandbox.restart();
    await sandbox.change('demo-000000021', { stock: 2_121 });
    await sandbox.change('demo-000000023', { name: 'Renamed' });
    await send(one.url, 'thin-3', { event: 'product.updated', id: 'demo-000000023' });
    await eventually(
      () => replicas.countUnfinished(),
      (open) => open === 0,
    );
    expect(await find('demo-000000021')).toMatchObject({ stock: 2_121 });
    expect(await find('demo-000000023')).toMatchObject({ name: 'Renamed' });
    await sandbox.remove('demo-000000023');
    await send(one.url, 'thin-4', { event: 'product.updated', id: 'demo-000000023' });
    await send(one.url, 'early', { event: 'stock.updated', id: 'demo-000000021', version: Date.now() + 60_000 });
    await eventually(
      () => find('demo-000000023'),
      (product) => product === undefined,
    );
    await eventually(
      () => replicas.states(),
      (states) => states['early'] === 'RETRY',
    );
  });
});
