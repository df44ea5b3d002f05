/** `npm start` without configuration: the demo catalogue on embedded SQLite, with the sandbox as its partner. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { firstResponse, start, type Running } from '../support/processes';
import { freePort } from '../support/servers/servers';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
let running: Running;
let url: string;
let sandboxUrl: string;

beforeAll(async () => {
  const [port, sandboxPort] = [await freePort(), await freePort()];
  [url, sandboxUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${sandboxPort}`];
  running = start('api', [], { PORT: String(port), SANDBOX_PORT: String(sandboxPort) }, directory);
  await firstResponse(`${url}/products`, running);
});
afterAll(async () => {
  running.child.kill('SIGKILL');
  await running.finished;
  rmSync(directory, { recursive: true });
});

const get = async (target: string) => (await fetch(target, { headers: { connection: 'close' } })).json();
const stockOf = async (id: number) => ((await get(`${url}/products/${id}`)) as { stock: number }).stock;
const send = (target: string, method: string, body: object, headers: Record<string, string> = {}) =>
  fetch(target, {
    method,
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    body: JSON.stringify(body),
  });

it('default set-up: the service serves the demo catalogue and starts a sandbox that sends it events', async () => {
  expect(await get(`${url}/products?limit=3`)).toMatchObject({ data: [{}, {}, {}], pagination: { total: 5_000 } });
  expect(await get(`${sandboxUrl}/sandbox`)).toMatchObject({ faults: {} });
  await eventually(
    () => get(`${sandboxUrl}/sandbox`),
    (sandbox) => JSON.stringify(sandbox).includes(`${url}/webhook`),
  );
});

it('webhook: an order event is looked up at the partner, and GET /products returns the remaining stock', async () => {
  const before = await stockOf(123);
  const response = await send(
    `${url}/webhook`,
    'POST',
    { event: 'order.updated', id: 123 },
    { 'x-event-id': 'order-123' },
  );
  expect(response.status).toBe(202);
  // In the sandbox, order n takes 1 + n mod 5 of product n.
  await eventually(
    () => stockOf(123),
    (stock) => stock === before - 4,
  );
  const listed = (await get(`${url}/products?limit=100&search=potato&inStock=true&count=none`)) as {
    data: { id: number; stock: number }[];
  };
  expect(listed.data.find(({ id }) => id === 123)).toMatchObject({ stock: before - 4 });
});

it('sandbox: a changed product is sent as an event and served', async () => {
  await send(`${sandboxUrl}/sandbox/products/demo-000000200`, 'PATCH', { stock: 4_321 });
  await eventually(
    () => stockOf(200),
    (stock) => stock === 4_321,
  );
});

it('SIGTERM: the service exits with code 0 and stops its sandbox', async () => {
  running.child.kill('SIGTERM');
  expect((await running.finished).code).toBe(0);
  await eventually(
    () => get(`${sandboxUrl}/sandbox`).catch(() => 'unreachable'),
    (response) => response === 'unreachable',
  );
});
