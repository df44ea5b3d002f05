/** Client address that the rate limit uses for requests through a proxy. */
import { LOOPBACK, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

let catalogue: TestCatalogue;

beforeEach(async () => {
  catalogue = await startCatalogue(createSqlite, {
    rateLimit: { max: 1, webhookMax: 1, windowSeconds: 60 },
    http: { ...LOOPBACK, trustedProxies: ['10.0.0.0/8'] },
  });
});
afterEach(() => catalogue.close());

async function read(forwarded: string, from = '10.0.0.1'): Promise<number> {
  const headers = { 'x-forwarded-for': forwarded };
  return (await catalogue.app.inject({ url: '/categories', remoteAddress: from, headers })).statusCode;
}

it('X-Forwarded-For: the client is the address added by the trusted proxy, not one forged by the client', async () => {
  expect(await read('203.0.113.7')).toBe(200);
  expect(await read('1.2.3.4, 203.0.113.7')).toBe(429);
  expect(await read('203.0.113.8')).toBe(200);
  expect(await read('203.0.113.9', '192.0.2.1')).toBe(200);
  expect(await read('203.0.113.10', '192.0.2.1')).toBe(429);
});

it.each([
  ['198.51.100.2:52123', '198.51.100.2:52124'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['"[2001:db8::1]:4711"', '"[2001:db8::1]"'],
  ['[fe80::1%25eth0]:80', 'fe80::1%eth1'],
])('X-Forwarded-For: %j and %j are one client, and neighbouring addresses are others', async (one, other) => {
  expect(await read(one)).toBe(200);
  expect(await read(`192.0.2.1, ${other}`)).toBe(429);
  expect(await read('198.51.100.3:52123')).toBe(200);
  expect(await read('[2001:db8:0:1::1]:4711')).toBe(200);
  expect(await read('198.51.100.4:1, 10.0.0.2:9000')).toBe(200);
  expect(await read('198.51.100.4:2, 10.0.0.3:9000')).toBe(429);
});

it.each(['nonsense', '999.1.1.1', '203.0.113.7:port', ',,,'])(
  'X-Forwarded-For: the proxy is the client if the header is %j',
  async (forwarded) => {
    expect(await read(forwarded)).toBe(200);
    expect(await read(forwarded)).toBe(429);
  },
);
