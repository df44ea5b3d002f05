/** Conformance to HTTP/1.1 (RFC 9112), in the framework and on the fast path for cached pages. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { httpPolicy } from '@testing/http';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';

const SECRET = Buffer.alloc(24, 'secret of a sender');
const BODY = '{"event":"order.updated","id":1}';

let catalogue: TestCatalogue;
let port: number;

beforeAll(async () => {
  catalogue = await startCatalogue(createSqlite, {
    cache: { isEnabled: true, ttlSeconds: 60 },
    webhook: { secrets: [SECRET], isWorking: false, maxAttempts: 25 },
  });
  await catalogue.given(aProduct({ name: 'Tomato' }));
  await catalogue.app.listen(0, '127.0.0.1');
  port = (catalogue.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => catalogue.close());

function open(localAddress = '127.0.0.1'): Socket {
  return connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
}

/** Sends bytes and returns everything received until the server closes the connection. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = open();
  socket.write(bytes);
  return text(socket);
}

let deliveries = 0;

function signedDelivery(): string {
  const id = `edge-${++deliveries}`;
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${BODY}`).digest('base64');
  const headers = [
    `x-event-id: ${id}`,
    `webhook-timestamp: ${timestamp}`,
    `webhook-signature: v1,${signature}`,
    'content-type: application/json',
    `content-length: ${BODY.length}`,
  ];
  return `POST /webhook HTTP/1.1\r\nhost: a\r\n${headers.join('\r\n')}\r\n\r\n${BODY}`;
}

describe.each(['/products?limit=3', '/health/live'])('HTTP/1.1 framing of GET %s', (path) => {
  beforeAll(async () => {
    for (let time = 0; time < 2; time++) await sendRaw(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  });

  it.each([
    ['two Host headers', 'HTTP/1.1\r\nhost: a\r\nHost: b\r\n'],
    ['two equal Host headers', 'HTTP/1.1\r\nhost: a\r\nhost: a\r\n'],
    ['two Host headers of HTTP/1.0', 'HTTP/1.0\r\nhost: a\r\nhost: b\r\n'],
    ['no Host header', 'HTTP/1.1\r\n'],
    ...['a b', 'a,b c', 'user@a', 'a/x', 'a?y', '<a>', 'a:1:2', 'a:999999', '[::1', '::1'].map(
      (host): [string, string] => [`the Host ${host}`, `HTTP/1.1\r\nhost: ${host}\r\n`],
    ),
    ['HTTP/2.0', 'HTTP/2.0\r\nhost: a\r\n'],
    ['HTTP/0.9', 'HTTP/0.9\r\nhost: a\r\n'],
    ['a chunked body of HTTP/1.0', 'HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n'],
  ])('malformed request: %s gets a 400, and the connection is closed', async (_, head) => {
    const response = await sendRaw(`GET ${path} ${head}\r\n${head.includes('chunked') ? '0\r\n\r\n' : ''}`);
    expect(response).toMatch(/^HTTP\/1.1 400 /);
    expect(response).toContain('"code":"malformed-request"');
    expect(response.toLowerCase()).toContain('connection: close');
  });

  it.each(['a', 'shop.example:8443', '127.0.0.1', '[::1]:3000', 'my_service.ns', ''])(
    'Host header: "%s" is accepted',
    async (host) => {
      const response = await sendRaw(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      expect(response).toMatch(/^HTTP\/1.1 200 /);
    },
  );

  it('HTTP/1.0: a request is accepted, and its connection is kept only with keep-alive', async () => {
    expect(await sendRaw(`GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    const both = await sendRaw(
      `GET ${path} HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET ${path} HTTP/1.0\r\nconnection: close\r\n\r\n`,
    );
    expect(both.match(/HTTP\/1.1 200 /g)).toHaveLength(2);
    expect(both.toLowerCase()).not.toContain('transfer-encoding');
  });
});

describe('POST /webhook followed by garbage', () => {
  it.each([
    ['in the same packet', (socket: Socket) => socket.write(`${signedDelivery()}\0garbage\r\n\r\n`)],
    [
      'in a later packet',
      (socket: Socket) => {
        socket.write(signedDelivery());
        setImmediate(() => socket.write('\0garbage\r\n\r\n'));
      },
    ],
    [
      'in the same packet as another request',
      (socket: Socket) =>
        socket.write(`GET /products?search=tomato HTTP/1.1\r\nhost: a\r\n\r\n${signedDelivery()}\0garbage\r\n\r\n`),
    ],
    [
      'that begins like a request',
      (socket: Socket) =>
        socket.write(
          `${signedDelivery()}GET /categories HTTP/1.1\r\nhost: a\r\n\r\nPOST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n`,
        ),
    ],
  ])('pipelining: an event with garbage %s gets its 202, then the connection is closed', async (_, send) => {
    const socket = open();
    send(socket);
    expect(await text(socket)).toContain('HTTP/1.1 202 ');
  });
});

it('pipelining: 300 requests of a connection get responses in order and do not starve other connections', async () => {
  const [busy, probe] = [open(), open()];
  let responses = '';
  busy.on('data', (data: Buffer) => (responses += data.toString()));
  const limits = Array.from({ length: 300 }, (_, at) => (at % 100) + 1);
  const receivedLimits = () =>
    [...responses.matchAll(/"pagination":\{"limit":(\d+)/g)].map(([, limit]) => Number(limit));
  busy.write(
    limits
      .map((limit) => `GET /products?limit=${limit} HTTP/1.1\r\nhost: a\r\naccept-encoding: identity\r\n\r\n`)
      .join(''),
  );
  await eventually(
    () => receivedLimits().length,
    (count) => count > 0,
  );
  probe.write('GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  expect(await text(probe)).toMatch(/^HTTP\/1.1 200 /);
  expect(receivedLimits().length).toBeLessThan(limits.length);
  await eventually(
    () => receivedLimits().length,
    (count) => count === limits.length,
  );
  expect(receivedLimits()).toEqual(limits);
  busy.destroy();
});

/** Sends a signed event and returns the status of the response. */
async function deliver(socket: Socket): Promise<number> {
  const received = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(signedDelivery());
  const [response] = await received;
  socket.destroy();
  return Number(response.toString().slice(9, 12));
}

it('load shedding: a burst of POSTs does not starve cached pages, and POSTs beyond the limit get 503', async () => {
  const page = 'GET /products?limit=3 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
  await sendRaw(page);
  const count = 2 * httpPolicy.maxConcurrentPosts;
  const sockets = Array.from({ length: count + 1 }, () => open());
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const [reader, ...senders] = sockets as [Socket, ...Socket[]];
  const statuses: number[] = [];
  const delivered = Promise.all(senders.map(async (socket) => statuses.push(await deliver(socket))));
  reader.write(page);
  expect(await text(reader)).toMatch(/^HTTP\/1.1 200 /);
  const acceptedBefore = statuses.filter((status) => status === 202).length;
  await delivered;
  const accepted = statuses.filter((status) => status === 202).length;
  const refused = statuses.filter((status) => status === 503).length;
  expect(accepted + refused).toBe(count);
  expect(acceptedBefore).toBeLessThan(accepted / 2);
  const shed = await metricOf(catalogue, 'farmlokal_http_shed_requests_total');
  expect(shed).toBeGreaterThan(0);
  expect(shed).toBeLessThanOrEqual(refused); // the inbox also refuses some
});

/** Returns the head of a request whose body is never completed. */
function slowHead(): string {
  const timestamp = Math.floor(Date.now() / 1_000);
  return `POST /webhook HTTP/1.1\r\nhost: a\r\nx-event-id: slow\r\nwebhook-timestamp: ${timestamp}\r\ncontent-type: application/json\r\ncontent-length: 262144\r\n\r\n`;
}

it('slow body: one client that occupies every slot with new bodies does not block an event of another', async () => {
  const bodies = Array.from({ length: httpPolicy.maxConcurrentBodies }, () => open('127.0.0.2'));
  const sender = open();
  await Promise.all([sender, ...bodies].map((socket) => once(socket, 'connect')));
  for (const socket of bodies) socket.write(slowHead());
  expect(await deliver(sender)).toBe(202);
  for (const socket of bodies) socket.destroy();
});

describe('bodies that arrive a byte at a time', () => {
  let slow: Socket[];
  let dripping: NodeJS.Timeout;
  const responses: string[] = [];

  beforeAll(async () => {
    const head = slowHead();
    slow = Array.from({ length: 250 }, () => open());
    slow.forEach((socket, at) => socket.on('data', (data: Buffer) => (responses[at] = data.toString())).write(head));
    dripping = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 1_000);
    await eventually(
      () => Object.keys(responses).length,
      (count) => count >= slow.length - httpPolicy.maxConcurrentBodies, // all slots are taken
    );
    await delay(2 * httpPolicy.bodyEvictionGraceMs);
  });
  afterAll(() => {
    clearInterval(dripping);
    for (const socket of slow) socket.destroy();
  });

  it('slow body: slow bodies in every slot do not block signed events', async () => {
    const delivered = Array.from({ length: 74 }, () => deliver(open()));
    expect(await Promise.all(delivered)).toEqual(delivered.map(() => 202));
  });

  it('slow body: slow bodies in a slot get 408, the others 503', async () => {
    const statuses = await eventually(
      () => Object.values(responses).map((response) => response.slice(9, 12)),
      (all) => all.length === slow.length,
    );
    const late = statuses.filter((status) => status === '408').length;
    expect(late).toBeGreaterThanOrEqual(httpPolicy.maxConcurrentBodies);
    expect(statuses.filter((status) => status === '503')).toHaveLength(slow.length - late);
  });
});
