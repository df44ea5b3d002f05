/** Start-up and shutdown of the built service: health probes, signals and exit codes. */
import { connect } from 'node:net';
import { revertLastMigration } from '@platform/database';
import { openMysql } from '../support/databases';
import { eventually } from '../support/eventually';
import { Replicas, send } from '../support/replicas';
import { startPrivateMysql, type PrivateMysql } from '../support/servers/private-mysql';
import { startProxy } from '../support/servers/proxy';
import { freePort } from '../support/servers/servers';

let mysql: PrivateMysql;
let replicas: Replicas;

const get = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } });
  const { headers, status } = response;
  return { status, retryAfter: headers.get('retry-after'), body: (await response.json()) as Record<string, unknown> };
};
const statusOf = async (url: string) => (await get(url)).status;

beforeAll(async () => {
  mysql = await startPrivateMysql();
  replicas = new Replicas(await openMysql(mysql.url, 'farmlokal_test'));
  await replicas.prepare();
});
afterEach(() => replicas.stop('SIGKILL'));
afterAll(async () => {
  await replicas.remove();
  await mysql.remove();
});

describe('start and health probes', () => {
  it('health probes: a process that starts without a database is live, not ready, and recovers by itself', async () => {
    await mysql.kill();
    const { url } = await replicas.serve();
    expect(await get(`${url}/health/live`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    for (const probe of ['startup', 'ready'])
      expect(await get(`${url}/health/${probe}`)).toMatchObject({ status: 503, body: { code: 'not-ready' } });
    expect(await get(`${url}/products`)).toMatchObject({ status: 503, retryAfter: expect.any(String) as string });
    expect(await send(url, 'early', { event: 'test.count' })).toBe(503);
    await mysql.restart();
    await eventually(
      () => statusOf(`${url}/health/ready`),
      (status) => status === 200,
    );
    expect(await statusOf(`${url}/products`)).toBe(200);
    expect(await send(url, 'early', { event: 'test.count' })).toBe(202);
    await eventually(
      () => replicas.states(),
      ({ early }) => early === 'DONE',
    );
  });

  it('health probes: the service is not ready while the database hangs and 100 requests wait for it', async () => {
    const proxy = await startProxy('127.0.0.1', Number(mysql.url.port));
    const { url } = await replicas.serve({ MYSQL_PORT: String(proxy.port), CACHE_ENABLED: 'false' });
    const isReady = () => statusOf(`${url}/health/ready`);
    await eventually(isReady, (status) => status === 200);
    proxy.freeze();
    const waiting = Array.from({ length: 100 }, async (_, at) => {
      for (let times = 0; times < 5; times++) await statusOf(`${url}/products?limit=${at + 1}`);
    });
    await eventually(isReady, (status) => status === 503);
    proxy.thaw();
    await Promise.all(waiting);
    await eventually(isReady, (status) => status === 200);
    proxy.close();
  });

  it('health probes: a process is live if the database accepts connections but does not respond', async () => {
    const proxy = await startProxy('127.0.0.1', Number(mysql.url.port));
    proxy.freeze();
    const { url } = await replicas.serve({ MYSQL_PORT: String(proxy.port) });
    expect(await statusOf(`${url}/health/live`)).toBe(200);
    expect(await statusOf(`${url}/health/ready`)).toBe(503);
    proxy.thaw();
    await eventually(
      () => statusOf(`${url}/health/ready`),
      (status) => status === 200,
    );
    proxy.close();
  });

  it('old schema: a process exits with 1 and names npm run db:migrate, even if the database starts later', async () => {
    await replicas.onDatabase(revertLastMigration);
    const refused = { code: 1, stderr: expect.stringContaining('npm run db:migrate') as string };
    expect(await replicas.start('api', [], { PORT: String(await freePort()) }).finished).toMatchObject(refused);
    await mysql.kill();
    const late = await replicas.serve();
    await mysql.restart();
    expect(await late.finished).toMatchObject(refused);
    await mysql.kill();
    const several = await replicas.serve({ WEB_CONCURRENCY: '2' });
    await mysql.restart();
    expect(await several.finished).toMatchObject(refused);
    await replicas.cli('migrate');
  });
});

describe('graceful shutdown', () => {
  it('SIGTERM: ready turns 503, requests are still served with Connection: close, and the exit code is 0', async () => {
    const { url, child, finished } = await replicas.serve({ SHUTDOWN_GRACE_SECONDS: '1' });
    await statusOf(`${url}/products`);
    child.kill('SIGTERM');
    await eventually(
      () => statusOf(`${url}/health/ready`),
      (status) => status === 503,
    );
    const response = await fetch(`${url}/products`);
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
    expect(await statusOf(`${url}/health/live`)).toBe(200);
    expect((await finished).code).toBe(0);
  });

  it('SIGTERM: idle connections do not delay the exit', async () => {
    const { url, child, finished } = await replicas.serve();
    const unused = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => unused.once('connect', resolve));
    const closed = new Promise((resolve) => unused.once('close', resolve));
    unused.on('error', () => undefined);
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
    await closed;
  });
});
