/** Slow, malformed and excessive requests to the built service, and headers for browsers. */
import { writeFileSync } from 'node:fs';
import { METHODS, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { Replicas, type Replica } from '../../support/replicas';

const ALLOWED_ORIGIN = 'https://app.example';

let replicas: Replicas;
let replica: Replica;
let port: number;

beforeAll(async () => {
  replicas = await Replicas.on(createSqlite);
  replica = await replicas.serve({ CORS_ORIGINS: ALLOWED_ORIGIN, METRICS_TOKEN: 'only-for-prometheus' });
  port = Number(new URL(replica.url).port);
});
afterAll(() => replicas.remove());

interface HttpResponse {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with any method and headers on a new connection. */
function send(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  url = replica.url,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${url}${path}`, { method, headers, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, headers: response.headers, body }), reject);
    });
    outgoing.on('error', reject).end();
  });
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => resolve(socket)).once('error', reject);
  });
}

/** Sends raw bytes, which HTTP clients would refuse to send. Returns everything received. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = await open();
  socket.on('error', () => undefined).write(bytes);
  return text(socket);
}

describe('HTTP server', () => {
  it('slow headers: 500 clients are disconnected within 15 s, and other clients are served meanwhile', async () => {
    const slow = await Promise.all(Array.from({ length: 500 }, open));
    const closed = slow.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of slow) socket.on('error', () => undefined).resume();
    const dripping = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 500);
    for (const socket of slow) socket.write('GET /products HTTP/1.1\r\nhost: a\r\nx-slow: ');
    const otherClients = Array.from({ length: 20 }, async (_, at) => (await send(`/products?limit=${at + 1}`)).status);
    expect(await Promise.all(otherClients)).toEqual(otherClients.map(() => 200));
    const inTime = await Promise.race([Promise.all(closed), delay(15_000, 'too late')]);
    clearInterval(dripping);
    for (const socket of slow) socket.destroy();
    expect(inTime).not.toBe('too late');
  });

  it.each([
    ['a header of 100 kB', `x-large: ${'y'.repeat(100_000)}\r\n`, 431],
    ['2,000 headers', 'a: b\r\n'.repeat(2_000), 431],
    ['Content-Length with Transfer-Encoding', 'content-length: 5\r\ntransfer-encoding: chunked\r\n', 400],
    ['two values of Content-Length', 'content-length: 5\r\ncontent-length: 6\r\n', 400],
    ['a bare line feed', 'x: a\nb\r\n', 400],
    ['an unknown expectation', 'expect: wonders\r\n', 417],
  ])('request headers: %s gets a problem response with a restrictive CSP', async (_, headers, status) => {
    const response = await sendRaw(`POST /webhook HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers}\r\n`);
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(response).toContain('content-type: application/problem+json');
    expect(response).toContain(`"status":${status}`);
    expect(response).toContain("content-security-policy: default-src 'none'");
  });

  it('Host header: HTTP/1.1 without it gets a problem response, HTTP/1.0 is served', async () => {
    for (const path of ['/products?limit=9', '/nothing']) {
      expect(await sendRaw(`GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`)).toContain(
        '"code":"malformed-request"',
      );
      expect(await sendRaw(`GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1.1 (?:200|404) /);
    }
  });

  it('header limit: 110 headers get a 431, even if the page is cached', async () => {
    for (let time = 0; time < 2; time++) expect((await send('/products?limit=8')).status).toBe(200);
    const many = Object.fromEntries(Array.from({ length: 110 }, (_, at) => [`x-${at}`, 'a']));
    expect((await send('/products?limit=8', 'GET', many)).status).toBe(431);
  });

  it('trailing slash: /products/ is the same route as /products', async () => {
    expect((await send('/products/?limit=2')).status).toBe(200);
    expect((await send('/products/', 'POST')).headers.allow).toBe('GET, HEAD');
  });

  it('pipelining: three requests get responses in order', async () => {
    const [first, second, third] = ['1', '2', '3'].map(
      (limit) => `GET /products?limit=${limit} HTTP/1.1\r\nhost: a\r\n`,
    );
    const response = await sendRaw(`${first}\r\n${second}\r\n${third}connection: close\r\n\r\n`);
    expect([...response.matchAll(/"pagination":\{"limit":(\d)/g)].map(([, limit]) => limit)).toEqual(['1', '2', '3']);
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'prototype pollution: %s is ignored as a header and refused as a parameter',
    async (name) => {
      expect((await send('/products', 'GET', { [name]: 'x' })).status).toBe(200);
      expect(await send(`/products?${name}=x`)).toMatchObject({
        status: 400,
        body: expect.stringContaining(name) as string,
      });
      expect((await send(`/products?${name}[limit]=1`)).status).toBe(400);
    },
  );

  it('load shedding: an overloaded process returns 503 with Retry-After, and health probes succeed', async () => {
    const file = join(replicas.directory, 'busy.cjs');
    const spin = `const spin = () => { for (const until = Date.now() + 700; Date.now() < until; ); setImmediate(spin); };`;
    writeFileSync(file, `${spin} setTimeout(spin, 2_000);`);
    const { url } = await replicas.serve({ NODE_OPTIONS: `--require ${file}` });
    const overloaded = await eventually(
      () => send('/problems/overloaded', 'GET', {}, url),
      ({ status }) => status === 503,
    );
    expect(overloaded.body).toContain('"code":"overloaded"');
    expect(overloaded.headers['retry-after']).toMatch(/^\d+$/);
    expect((await send('/health/live', 'GET', {}, url)).status).toBe(200);
  });
});

it('log injection: text from a client that would forge or hide log lines is escaped', async () => {
  const logging = await replicas.serve({ LOG_LEVEL: 'info' });
  const event = 'order\u2028{"level":50}\u202eupdated';
  const response = await fetch(`${logging.url}/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-event-id': 'forged' },
    body: JSON.stringify({ event }),
  });
  expect(response.status).toBe(202);
  await replicas.stop('SIGTERM', logging);
  const { stdout } = await logging.finished;
  const [line = ''] = stdout.split('\n').filter((each) => each.includes('event accepted'));
  expect(line).toContain('order\\u2028');
  expect(stdout).not.toMatch(/[\x7f-\x9f\p{Zl}\p{Zp}\p{Cf}]/u);
  expect(JSON.parse(line)).toMatchObject({ event });
});

describe('methods of every route', () => {
  const allowed: Record<string, string> = {
    '/products': 'GET, HEAD',
    '/products/1': 'GET, HEAD',
    '/products/1/availability': 'GET, HEAD',
    '/categories': 'GET, HEAD',
    '/webhook': 'POST',
    '/metrics': 'GET, HEAD',
    '/health': 'GET, HEAD',
    '/health/live': 'GET, HEAD',
    '/problems/overloaded': 'GET, HEAD',
    '/openapi.json': 'GET, HEAD',
    '/docs': 'GET, HEAD',
  };
  const tried = METHODS.filter((method) => method !== 'CONNECT'); // CONNECT requests a tunnel, not a resource

  it.each(Object.entries(allowed))(
    'method not allowed: %s returns 405 with Allow for every method except %s',
    async (path, allow) => {
      for (const method of tried.filter((each) => !allow.split(', ').includes(each))) {
        const { status, headers } = await send(path, method);
        expect({ method, status, allow: headers.allow }).toEqual({ method, status: 405, allow });
      }
    },
  );

  it('HEAD: the response has the status and content type of GET, and no body', async () => {
    for (const path of ['/products', '/categories', '/health/live', '/openapi.json']) {
      const [get, head] = [await send(path), await send(path, 'HEAD')];
      expect({ path, status: head.status, body: head.body }).toEqual({ path, status: 200, body: '' });
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    }
  });
});

describe('content negotiation', () => {
  it.each([
    ['/products', 'application/xml'],
    ['/products', 'application/json;q=0'],
    ['/products/1', 'text/html'],
    ['/health/ready', 'image/png'],
    ['/metrics', 'text/csv'],
  ])('content negotiation: %s returns 406 for Accept: %s', async (path, accept) => {
    const response = await send(path, 'GET', { accept, authorization: 'Bearer only-for-prometheus' });
    expect(response).toMatchObject({ status: 406, body: expect.stringContaining('"code":"not-acceptable"') as string });
  });

  it('content negotiation: Accept is checked for cached pages as well', async () => {
    for (let time = 0; time < 3; time++) expect((await send('/products?limit=7')).status).toBe(200);
    expect((await send('/products?limit=7', 'GET', { accept: 'application/xml' })).status).toBe(406);
    expect((await send('/products?limit=7', 'GET', { accept: 'text/html, */*;q=0.1' })).status).toBe(200);
  });
});

describe('browser headers', () => {
  const origin = ALLOWED_ORIGIN;

  it('CORS: scripts of an allowed origin may read responses, cached or not, and others may not', async () => {
    for (let time = 0; time < 3; time++) {
      const { headers } = await send('/products?limit=3', 'GET', { origin });
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        vary: expect.stringContaining('Origin') as string,
      });
      expect(headers['access-control-expose-headers']).toContain('RateLimit');
      const other = await send('/products?limit=3', 'GET', { origin: 'https://other.example' });
      expect(other.headers['access-control-allow-origin']).toBeUndefined();
      const none = await send('/products?limit=3');
      expect(none.headers.vary?.split(', ').sort()).toEqual(['Accept-Encoding', 'Origin']);
    }
  });

  it('CORS: a preflight request gets a 204 with the allowed methods', async () => {
    const { status, headers } = await send('/products', 'OPTIONS', { origin, 'access-control-request-method': 'GET' });
    expect({ status, methods: headers['access-control-allow-methods'] }).toEqual({ status: 204, methods: 'GET, HEAD' });
  });

  it.each(['/products', '/products?limit=3', '/health/live', '/nothing', '/%zz'])(
    'security headers: %s has CSP, nosniff and HSTS, and neither Server nor X-Powered-By',
    async (path) => {
      for (let time = 0; time < 2; time++) {
        const { headers } = await send(path);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none';frame-ancestors 'none'",
          'strict-transport-security': 'max-age=31536000',
        });
        expect(headers['server']).toBeUndefined();
        expect(headers['x-powered-by']).toBeUndefined();
      }
    },
  );
});

describe('GET /metrics with a token', () => {
  it.each([[undefined], ['Bearer other'], ['Basic b25seS1mb3ItcHJvbWV0aGV1cw=='], ['Bearer only-for-prometheus2']])(
    'metrics token: Authorization %s gets a 401',
    async (authorization) => {
      const response = await send('/metrics', 'GET', authorization === undefined ? {} : { authorization });
      expect(response).toMatchObject({
        status: 401,
        body: expect.stringContaining('metrics-token-required') as string,
      });
      expect(response.headers['www-authenticate']).toBe('Bearer realm="metrics"');
    },
  );

  it('metrics token: a correct token gets a 200', async () => {
    expect((await send('/metrics', 'GET', { authorization: 'Bearer only-for-prometheus' })).status).toBe(200);
  });
});
