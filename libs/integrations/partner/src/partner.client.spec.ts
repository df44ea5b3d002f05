import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { observe, setUpPartner, type PartnerScene, type Reply } from './testing';

const options = { signal: new AbortController().signal };
const json = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });
const stock = { productId: 'p-1', stock: 7, version: 3 };
const page = json({ data: [], nextCursor: 'c', hasMore: false });

type Operation = (partner: PartnerScene['partner']) => Promise<unknown>;

describe('partner client', () => {
  useVirtualTime();
  beforeEach(() => void captureLogs());
  afterEach(() => void jest.restoreAllMocks());

  it.each<[string, string, Operation, Reply]>([
    ['GET', '/products?limit=5&cursor=c', (p) => p.listProducts({ cursor: 'c', sinceMs: 0, limit: 5 }, options), page],
    [
      'GET',
      '/products?limit=5&since=1970-01-01T00%3A00%3A00.000Z',
      (p) => p.listProducts({ sinceMs: 0, limit: 5 }, options),
      page,
    ],
    ['GET', '/products/p-1', (p) => p.findProduct('p-1', options), json({ id: 'p-1', version: 3 })],
    [
      'GET',
      '/products/p-1/availability',
      (p) => p.findAvailability('p-1', options),
      json({ ...stock, asOf: '2026-11-01T00:00:00Z' }),
    ],
    ['GET', '/orders/o-1', (p) => p.findOrder('o-1', options), json({ id: 'o-1', lines: [stock] })],
    ['GET', '/subscriptions/s', (p) => p.findSubscription('s', options), json({ url: 'https://shop.example' })],
    ['PUT', '/subscriptions/s', (p) => p.putSubscription('s', { url: 'u' }, options), json({ url: 'u' })],
  ])('request: %s %s', async (method, path, operation, reply) => {
    const { outbound, result } = await run(operation, reply);
    expect(outbound.requests).toMatchObject([{ method, url: `https://partner.example/v1${path}` }]);
    expect(result.response).toEqual(JSON.parse((reply as { body: string }).body));
  });

  it.each([404, 410])('not found: %d returns undefined', async (status) => {
    const { result } = await run((partner) => partner.findProduct('p-1', options), { status });
    expect(result).toMatchObject({ response: undefined, afterMs: 0 });
    expect(result.error).toBeUndefined();
  });

  it('path: an id is encoded as one segment of the path', async () => {
    const { outbound } = await run((partner) => partner.findProduct('a/../b?c#d', options), { status: 404 });
    expect(outbound.requests[0]!.url).toBe('https://partner.example/v1/products/a%2F..%2Fb%3Fc%23d');
  });

  it.each(['.', '..'])('path: the id %s would lead to another URL and is not requested', async (id) => {
    const { outbound, result } = await run((partner) => partner.findAvailability(id, options), { status: 200 });
    expect(outbound.requests).toHaveLength(0);
    expect(result.afterMs).toBe(0);
    expect(result.response).toBeUndefined();
  });

  it('redirect: it is not followed, so that no other origin receives the token', async () => {
    const redirect = { status: 302, headers: { location: 'https://elsewhere.example/' } };
    const { outbound, result } = await run((partner) => partner.findProduct('p-1', options), redirect);
    expect(result.error).toMatchObject({ name: 'partner-answer-invalid' });
    expect(outbound.requests.map(({ url }) => new URL(url).origin)).toEqual(['https://partner.example']);
  });

  it.each<[string, Operation, Reply]>([
    ['not JSON', (partner) => partner.findProduct('p-1', options), { status: 200, body: '<html>' }],
    ['another shape', (partner) => partner.findProduct('p-1', options), json({ id: 'p-1' })],
    [
      'a client error',
      (partner) => partner.findProduct('p-1', options),
      { ...json({ id: 'p-1', version: 1 }), status: 422 },
    ],
    ['another product', (partner) => partner.findProduct('p-1', options), json({ id: 'p-2', version: 1 })],
    [
      'the availability of another product',
      (partner) => partner.findAvailability('p-2', options),
      json({ ...stock, asOf: '2026-11-01T00:00:00Z' }),
    ],
    ['another order', (partner) => partner.findOrder('o-1', options), json({ id: 'o-2', lines: [] })],
    ['no subscription', (partner) => partner.putSubscription('s', { url: 'u' }, options), { status: 404 }],
  ])('schema: %s is rejected as an invalid response', async (_, operation, reply) => {
    const { result } = await run(operation, reply);
    expect(result.error).toMatchObject({ name: 'partner-answer-invalid' });
  });

  it('cursor: an expired cursor has its own error', async () => {
    const operation: Operation = (partner) => partner.listProducts({ cursor: 'old', limit: 5 }, options);
    const { result } = await run(operation, { status: 410 });
    expect(result.error).toMatchObject({ name: 'partner-cursor-unknown' });
  });
});

async function run(operation: Operation, reply: Reply) {
  const { outbound, partner } = setUpPartner();
  outbound.replies(reply);
  const result = observe(operation(partner));
  await advance(0);
  return { outbound, result };
}
