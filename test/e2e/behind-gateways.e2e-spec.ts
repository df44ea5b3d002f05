/** Requirements of gateways in front of the service: short response headers, and paths with the public prefix. */
import { get as httpGet } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppSettings } from '@platform/config';
import { aProduct, LOOPBACK, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

interface GatewayResponse {
  readonly headers: Readonly<Record<string, string>>;
  readonly headerBytes: number;
  readonly body: { type?: string; servers?: { url: string }[]; pagination?: { nextCursor: string | null } };
}

let catalogue: TestCatalogue;
let port: number;

async function start(http: Partial<AppSettings['http']> = {}): Promise<void> {
  catalogue = await startCatalogue(createSqlite, {
    http: { ...LOOPBACK, ...http },
    cache: { isEnabled: true, ttlSeconds: 60 },
  });
  await catalogue.app.listen(0, '127.0.0.1');
  port = (catalogue.app.getHttpServer().address() as AddressInfo).port;
}
afterEach(() => catalogue.close());

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<GatewayResponse> {
  return new Promise((resolve, reject) => {
    httpGet({ port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const lines = response.rawHeaders.map((text, at) => text.length + (at % 2 === 0 ? ': '.length : '\r\n'.length));
        const body = JSON.parse(Buffer.concat(chunks).toString()) as GatewayResponse['body'];
        const headerBytes = lines.reduce((sum, length) => sum + length, 'HTTP/1.1 200 OK\r\n\r\n'.length);
        resolve({ headers: response.headers as GatewayResponse['headers'], headerBytes, body });
      });
    }).on('error', reject);
  });
}

it('response headers: they are below 4 KB, even for the longest query and cursor', async () => {
  await start({ corsOrigins: ['*'], publicUrl: `https://api.example.org/${'p'.repeat(199)}` });
  const word = 'ताज़ाआम'.repeat(10).slice(0, 60);
  const categories = Array.from({ length: 20 }, (_, at) => encodeURIComponent(`${word}${at}`));
  const product = aProduct({ category: decodeURIComponent(categories[0]!) });
  const name = (at: number) => `आम ${String.fromCodePoint(0x915 + at)}${'क्षत्रिय'.repeat(70)}`.slice(0, 190);
  await catalogue.given(...[1, 2, 3, 4, 5].map((at) => ({ ...product, externalId: `p${at}`, name: name(at) })));
  const queries = [
    'limit=1',
    'limit=1&sort=name',
    `limit=1&sort=name&search=${encodeURIComponent('आ')}`,
    `limit=1&search=${encodeURIComponent('आ'.repeat(100))}`,
    `limit=1&category=${categories.join(',')}`,
    `limit=1&sort=name&near=19.99,73.78&radiusKm=500&minPrice=0.01&maxPrice=9999999.99&category=${categories.slice(0, 4).join(',')}`,
  ];
  let followed = 0;
  for (const query of queries) {
    let cursor = '';
    for (let page = 0; page < 3; page++) {
      for (let times = 0; times < 2; times++) {
        const origin = `https://${'o'.repeat(200)}.example`;
        const { headerBytes, body } = await get(`/products?${query}${cursor}`, {
          'x-request-id': 'r'.repeat(64),
          origin,
        });
        expect({ query, isShort: headerBytes < 4_096 }).toEqual({ query, isShort: true });
        const next = body.pagination?.nextCursor;
        if (times === 1 && typeof next === 'string') [cursor, followed] = [`&cursor=${next}`, followed + 1];
      }
    }
  }
  expect(followed).toBeGreaterThan(0);
});

const LINKED = '/products?limit=1&sort=price';

async function expectPrefix(prefix: string, server: string, headers: Readonly<Record<string, string>> = {}) {
  for (let times = 0; times < 3; times++) {
    const { headers: responseHeaders } = await get(LINKED, headers); // miss, hit, hit on the fast path
    const paths = [...responseHeaders['link']!.matchAll(/<([^>?]*)[?>]/g)].map(([, path]) => path);
    expect(paths).toEqual([`${prefix}/products`, `${prefix}/products`]);
  }
  expect((await get('/nothing', headers)).body.type).toBe(`${prefix}/problems/route-not-found`);
  expect((await get('/products?limit=0', headers)).body.type).toBe(`${prefix}/problems/invalid-parameters`);
  expect((await get('/products', { ...headers, expect: 'a-miracle' })).body.type).toBe(
    `${prefix}/problems/expectation-failed`,
  );
  expect((await get('/openapi.json', headers)).body.servers).toMatchObject([{ url: server }]);
}

it('PUBLIC_URL: its path prefixes every path in a response, and overrides X-Forwarded-Prefix', async () => {
  await start({ publicUrl: 'https://api.example.org/catalogue', trustedProxies: ['loopback'] });
  await catalogue.given(aProduct(), aProduct());
  await expectPrefix('/catalogue', 'https://api.example.org/catalogue');
  await expectPrefix('/catalogue', 'https://api.example.org/catalogue', { 'x-forwarded-prefix': '/other' });
});

it('X-Forwarded-Prefix: a valid one from a trusted proxy applies to its own request only', async () => {
  await start({ trustedProxies: ['loopback'] });
  await catalogue.given(aProduct(), aProduct());
  await expectPrefix('/shop/catalogue', '/shop/catalogue', { 'x-forwarded-prefix': '/shop/, /catalogue/' });
  await expectPrefix('', '/');
  await expectPrefix('/b', '/b', { 'x-forwarded-prefix': '/b' });
  for (const odd of ['//evil.example', '/a b', '/a<b', 'https://evil.example', '/x'.repeat(101), '/', ''])
    await expectPrefix('', '/', { 'x-forwarded-prefix': odd });
});

it('X-Forwarded-Prefix: the header is ignored if the proxy is not trusted', async () => {
  await start();
  await catalogue.given(aProduct(), aProduct());
  await expectPrefix('', '/', { 'x-forwarded-prefix': '/evil' });
});
