/** Calls of the built service to the partner, with all partner faults. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createMysql, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricAt } from '../../support/metrics';
import { Replicas, send, type Replica } from '../../support/replicas';
import { Sandbox } from '../../support/sandbox';
import { freePort } from '../../support/servers/servers';

/** Timeouts below the defaults, to shorten the tests. */
const SHORT_TIMEOUTS = {
  PARTNER_TRY_TIMEOUT_MS: '700',
  PARTNER_DEADLINE_MS: '2000',
  AVAILABILITY_DEADLINE_MS: '60000',
};

let database: TestDatabase;
let replicas: Replicas;
/** Replicas that several tests share. */
let sharedReplicas: Replicas;
let sandbox: Sandbox;

beforeAll(async () => {
  database = await createMysql();
  sandbox = await Sandbox.start('--products', '200');
  replicas = new Replicas(database, { ...sandbox.environment, ...SHORT_TIMEOUTS });
  sharedReplicas = new Replicas(database, { ...sandbox.environment, ...SHORT_TIMEOUTS });
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '200');
});
beforeEach(async () => {
  await sandbox.clearFaults();
  await sandbox.clearRequestLog();
});
afterEach(() => replicas.stop('SIGKILL'));
afterAll(async () => {
  await replicas.remove();
  await sharedReplicas.remove();
  await sandbox.stop();
  await database.drop();
});

async function availability({ url }: Replica, id = 1, signal?: AbortSignal) {
  const response = await fetch(`${url}/products/${id}/availability`, {
    headers: { connection: 'close' },
    ...(signal && { signal }),
  });
  return { status: response.status, ...((await response.json()) as { source: string; stock: number; asOf: string }) };
}

/** Waits until only three connections are open: one each for tokens, calls and the request log. */
const untilConnectionsAreClosed = () =>
  eventually(
    () => sandbox.requestLog(),
    ({ connections, requests }) => connections <= 3 && requests.every((each) => each.status ?? each.abandonedAtMs),
  );

describe('GET /products/{id}/availability', () => {
  it('availability: the stock of the partner is returned, and an unknown product gets a 404', async () => {
    const one = await replicas.serve();
    const { stock } = await sandbox.change('demo-000000007', { stock: 4_711 });
    expect(await availability(one, 7)).toMatchObject({ status: 200, source: 'live', stock });
    expect(await availability(one, 999)).toMatchObject({ status: 404, code: 'product-not-found' });
    const faulty = await fetch(`${one.url}/products/x/availability?now=true`, { headers: { connection: 'close' } });
    expect(faulty.status).toBe(400);
    expect(((await faulty.json()) as { errors: unknown[] }).errors).toHaveLength(1);
  });

  it('stale-if-error: the last known stock is returned with its time, or a newer one of the catalogue', async () => {
    const one = await replicas.serve();
    const live = await availability(one, 8);
    await sandbox.inject('availability', { kind: 'status', status: 503 });
    expect(await availability(one, 8)).toEqual({ ...live, source: 'cached' });
    expect(await availability(one, 9)).toMatchObject({ status: 200, source: 'catalogue' });
    const event = { event: 'stock.updated', id: 'demo-000000008', version: Date.now(), data: { stock: 12_345 } };
    await send(one.url, 'newer-stock', event);
    await eventually(
      () => availability(one, 8),
      ({ source, stock }) => source === 'catalogue' && stock === 12_345,
    );
  });

  it('availability: asOf is never in the future', async () => {
    const one = await replicas.serve();
    await sandbox.inject('availability', { kind: 'fields', fields: { asOf: '9999-12-31T00:00:00Z' }, times: 1 });
    expect(Date.parse((await availability(one, 10)).asOf)).toBeLessThanOrEqual(Date.now());
  });

  it('availability: a product that the partner does not have gets the stock of the catalogue', async () => {
    const one = await replicas.serve();
    const data = { name: 'Zzyzx', category: 'fruits', price: 1, stock: 3, producer: 'Ours' };
    await send(one.url, 'our-own', { event: 'product.created', id: 'unknown-to-the-partner', version: 1, data });
    const response = await eventually(
      async () => (await fetch(`${one.url}/products?search=zzyzx`, { headers: { connection: 'close' } })).json(),
      (page) => (page as { data: unknown[] }).data.length > 0,
    );
    const { id } = (response as { data: { id: number }[] }).data[0]!;
    expect(await availability(one, id)).toMatchObject({ status: 200, source: 'catalogue', stock: 3 });
  });
});

describe('partner faults', () => {
  let one: Replica;
  beforeAll(async () => {
    one = await sharedReplicas.serve({ PARTNER_RETRY_BUDGET_PERCENT: '100' }); // enough for all retries of these tests
  });

  it.each([
    ['stalls before its response', { kind: 'stall' } as const, 1],
    ['stalls in the middle of its response', { kind: 'stall-body' } as const, 1],
    ['sends one byte per second', { kind: 'trickle', ms: 1_000 } as const, 1],
    ['resets the connection', { kind: 'reset' } as const, 3],
    ['resets the connection in the middle of its response', { kind: 'reset-body' } as const, 1],
    ['sends ten megabytes', { kind: 'huge' } as const, 1],
  ])(
    'retry: a partner that %s gets the expected number of requests, and no connection stays open',
    async (_, fault, requests) => {
      expect((await availability(one)).source).toBe('live');
      await sandbox.clearRequestLog();
      await sandbox.inject('availability', fault);
      const { status, source } = await availability(one, 2);
      expect([status, source]).toEqual([200, 'catalogue']);
      const count = (await untilConnectionsAreClosed()).counts.availability ?? 0;
      expect(count).toBe(requests);
      await sandbox.clearFaults();
      expect((await availability(one)).source).toBe('live');
    },
  );

  it('redirect: a redirect of the partner is not followed, so that no other server gets the token', async () => {
    const visitors: string[] = [];
    const elsewhere = createServer((request, response) => {
      visitors.push(request.url ?? '');
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    await sandbox.inject('availability', { kind: 'redirect', location: urlOf(elsewhere) });
    expect((await availability(one, 2)).source).toBe('catalogue');
    expect(visitors).toEqual([]);
    elsewhere.close();
  });

  it('connect timeout: if the partner accepts no connection, the catalogue stock is returned', async () => {
    const hole = await openBlackHole();
    const another = await replicas.serve({ PARTNER_API_URL: `http://127.0.0.1:${hole.port}` });
    expect(await availability(another)).toMatchObject({ status: 200, source: 'catalogue' });
    hole.close();
  });
});

it('circuit breaker: 300 calls to a failing partner cost at most 60 requests, and it closes on recovery', async () => {
  const one = await replicas.serve();
  await availability(one);
  await sandbox.clearRequestLog();
  await sandbox.inject('availability', { kind: 'status', status: 500 });
  const calls: Promise<{ status: number; source: string }>[] = [];
  for (let at = 0; at < 300; at++) {
    calls.push(availability(one, 1 + (at % 200)));
    await delay(20); // about 50 calls/s
  }
  const responses = await Promise.all(calls);
  expect(responses.filter(({ status, source }) => status !== 200 || source === 'live')).toEqual([]);
  expect(await metricAt(one.url, 'farmlokal_partner_breaker_open')).toBe(1);
  const repeated = await metricAt(one.url, 'farmlokal_partner_tries_total{kind="repeated"}');
  expect(repeated).toBeLessThanOrEqual(300 / 10);
  expect(await sandbox.count('availability')).toBeLessThanOrEqual(60);
  await sandbox.clearFaults();
  await eventually(
    () => availability(one),
    ({ source }) => source === 'live',
  );
  expect(await metricAt(one.url, 'farmlokal_partner_breaker_open')).toBe(0);
});

it('cancellation: a client that disconnects aborts its call to the partner', async () => {
  const one = await replicas.serve({ PARTNER_TRY_TIMEOUT_MS: '60000', PARTNER_DEADLINE_MS: '60000' });
  await sandbox.inject('availability', { kind: 'stall' });
  const client = new AbortController();
  const pending = availability(one, 1, client.signal).catch(() => undefined);
  await eventually(
    () => sandbox.count('availability'),
    (count) => count === 1,
  );
  client.abort();
  await pending;
  const { requests } = await eventually(
    () => sandbox.requestLog(),
    (seen) => seen.requests.some(({ abandonedAtMs }) => abandonedAtMs !== undefined),
  );
  expect(requests.filter(({ target }) => target === 'availability')).toHaveLength(1);
  expect(
    await metricAt(one.url, 'farmlokal_partner_call_seconds_count{operation="availability",outcome="given-up"}'),
  ).toBe(1);
});

it('idempotency key: after a crash the partner call is repeated with the same key, and has one effect', async () => {
  const victim = await replicas.serve({ FARMLOKAL_FAILPOINTS: 'ob.sent=kill' });
  expect(await send(victim.url, 'order-of-the-dead', { event: 'order.updated', id: 12 })).toBe(202);
  await victim.finished;
  const one = await replicas.serve();
  await eventually(
    () => replicas.countUnfinished(),
    (open) => open === 0,
  );
  const keys = (await sandbox.requestLog()).requests.filter(({ target }) => target === 'orders');
  expect(keys.map(({ url, idempotencyKey }) => [url, idempotencyKey])).toEqual(
    Array(2).fill(['/orders/12', 'order-of-the-dead']),
  );
  const { stock } = await availability(one, 12);
  const shown = await fetch(`${one.url}/products/12`, { headers: { connection: 'close' } });
  expect(((await shown.json()) as { stock: number }).stock).toBe(stock);
});

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A stopped server with a full accept queue: new connections time out. */
async function openBlackHole(): Promise<{ port: number; close: () => void }> {
  const port = await freePort();
  const program = `require('node:net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write('x'))`;
  const server: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(server.stdout!, 'data');
  server.kill('SIGSTOP');
  const waiting: Socket[] = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await delay(100);
  return {
    port,
    close: () => {
      for (const socket of waiting) socket.destroy();
      server.kill('SIGKILL');
    },
  };
}
