/** Production without a partner, and webhook registration at the sandbox. For the default set-up see test/smoke. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { firstResponse, start } from '../../support/processes';
import { Replicas, send, type Replica } from '../../support/replicas';
import { Sandbox } from '../../support/sandbox';
import { freePort } from '../../support/servers/servers';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const get = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).json();
const stockAt = async (url: string, id: number) => ((await get(`${url}/products/${id}`)) as { stock: number }).stock;

it('production: without a partner no sandbox starts, and availability returns the catalogue stock', async () => {
  const port = await freePort();
  const sandboxPort = String(await freePort());
  const environment = { DATABASE_FILE: join(directory, 'production.db'), SANDBOX_PORT: sandboxPort };
  const production = { ...environment, NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true' };
  await start('cli', ['migrate'], production, directory).finished;
  await start('cli', ['seed', '--rows', '5'], production, directory).finished;
  const running = start('api', [], { ...production, PORT: String(port), HOST: '127.0.0.1' }, directory);
  await firstResponse(`http://127.0.0.1:${port}/products`, running);
  expect(await get(`http://127.0.0.1:${port}/products/1/availability`)).toMatchObject({ source: 'catalogue' });
  await expect(fetch(`http://127.0.0.1:${sandboxPort}/sandbox`)).rejects.toThrow();
  running.child.kill('SIGKILL');
  const { code, stderr } = await start('cli', ['sync'], production, directory).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('No partner is configured')]);
  await running.finished;
});

describe('webhook registration at the partner', () => {
  const WEBHOOK_SECRETS = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  let replicas: Replicas;
  let sandbox: Sandbox;
  let port: number;
  beforeAll(async () => {
    sandbox = await Sandbox.start('--products', '100', '--duplicates', '2');
    replicas = await Replicas.on(createSqlite, { ...sandbox.environment, WEBHOOK_SECRETS });
    await replicas.cli('seed', '--rows', '100');
    port = await freePort();
  });
  afterEach(() => replicas.stop('SIGKILL'));
  afterAll(async () => {
    await replicas.remove();
    await sandbox.stop();
  });

  const serve = () =>
    replicas.serve({
      PORT: String(port),
      WEBHOOK_CALLBACK_URL: `http://127.0.0.1:${port}/webhook`,
      WEBHOOK_CALLBACK_CHECK_SECONDS: '1',
    });
  const untilRegistered = () =>
    eventually(
      () => sandbox.subscriptions(),
      (all) => all.length === 1,
    );

  it('webhook registration: the partner sends signed events, and duplicates have no effect', async () => {
    const one: Replica = await serve();
    await untilRegistered();
    const order = await sandbox.order({ productId: 'demo-000000050', quantity: 1 });
    await eventually(
      () => sandbox.deliveries(),
      (sendings) => sendings.length === 3,
    );
    expect((await sandbox.deliveries()).map(({ status }) => status)).toEqual([202, 200, 200]);
    await eventually(
      () => replicas.countUnfinished(),
      (open) => open === 0,
    );
    expect(order.status).toBe('confirmed');
    expect(await stockAt(one.url, 50)).toBe(
      ((await get(`${one.url}/products/50/availability`)) as { stock: number }).stock,
    );
    expect(await send(one.url, 'unsigned', { event: 'order.updated', id: 50 })).toBe(401);
  });

  it('webhook registration: the service starts without the partner, and registers once it is reachable', async () => {
    await sandbox.stop();
    const one = await serve();
    expect((await fetch(`${one.url}/products`)).status).toBe(200);
    await sandbox.restart();
    await untilRegistered();
  });

  it('webhook registration: the service registers again if the partner has lost its subscription', async () => {
    await serve();
    await untilRegistered();
    await sandbox.deleteSubscriptions();
    await untilRegistered();
  });
});
