import { ALL_CODINGS, encodeResponse } from '@platform/http';
import fc from 'fast-check';
import { cachePolicy } from '../cache.policy';
import { toCacheStatus } from '../http/cache-status';
import type { Basis } from '../response-validity';
import {
  ageSecondsOf,
  decode,
  encode,
  freshnessOf,
  isWithinStaleIfError,
  sizeOf,
  ttlSecondsOf,
  type CachedResponse,
} from './cached-response';

const LOADED_AT_MS = Date.UTC(2026, 10, 25);
const FRESH_FOR_MS = 60_000;
const BASIS = { kind: 'list', filter: { category: 'आम', near: null }, shown: [1, 2], isTotalExact: true };

async function createResponse(): Promise<CachedResponse> {
  const body = JSON.stringify({ data: 'आम '.repeat(600) });
  const response = await encodeResponse(body, ['link', '</products>; rel="first"'], ALL_CODINGS);
  return { response, basis: BASIS, version: 'v1', loadedAtMs: LOADED_AT_MS, freshForMs: FRESH_FOR_MS };
}

describe('cached response in Redis', () => {
  it('round trip: a decoded response has the same bytes and validators as the encoded one', async () => {
    const cached = await createResponse();
    expect(decode(encode(cached))).toEqual(cached);
  });

  it('round trip: a decoded response has the same basis as the encoded one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (basis) => {
        const cached = { ...(await createResponse()), basis };
        expect(decode(encode(cached))?.basis).toEqual(JSON.parse(JSON.stringify(basis)));
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    undefined,
    null,
    42,
    '',
    '{',
    '[]',
    '{}',
    '{"representations":{}}',
    '{"headers":[],"representations":[],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":[],"representations":[["br","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":[1],"representations":[["identity","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":["a","b\\r\\nset-cookie: x"],"representations":[["identity","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":["a"],"representations":[["identity","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":["a b","c"],"representations":[["identity","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":[],"representations":[["identity","AA=="],["zip","AA=="]],"version":"v","loadedAtMs":1,"freshForMs":1}',
    '{"headers":[],"representations":[["identity","AA=="]],"version":7,"loadedAtMs":1,"freshForMs":1}',
    '{"headers":[],"representations":[["identity","AA=="]],"version":"v","loadedAtMs":"1","freshForMs":1}',
    '{"headers":[],"representations":[["identity",5]],"version":"v","loadedAtMs":1,"freshForMs":1}',
  ])('cache miss: the value %j decodes to undefined', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('cache miss: any arbitrary value decodes to undefined without an error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (text) => decode(text) === undefined));
  });
});

describe('freshness of a cached response', () => {
  const at = async (seconds: number) => freshnessOf(await createResponse(), LOADED_AT_MS + seconds * 1_000);

  it.each([
    [0, 'fresh'],
    [59, 'fresh'],
    [60, 'stale'],
    [60 + cachePolicy.staleWhileRevalidateSeconds - 1, 'stale'],
    [60 + cachePolicy.staleWhileRevalidateSeconds, 'outdated'],
    [-4, 'fresh'],
    [-6, 'outdated'], // loaded by a clock further ahead than the tolerated skew
  ])('stale while revalidating: after %d s a response is %s', async (seconds, freshness) => {
    expect(await at(seconds)).toBe(freshness);
  });

  it('stale if error: an expired response may be served for the stale-if-error time and no longer', async () => {
    const cached = await createResponse();
    const lastMs = LOADED_AT_MS + FRESH_FOR_MS + cachePolicy.staleIfErrorSeconds * 1_000;
    expect([isWithinStaleIfError(cached, lastMs - 1), isWithinStaleIfError(cached, lastMs)]).toEqual([true, false]);
  });

  it('Age: whole seconds that are never negative; the ttl is negative after the response has expired', async () => {
    const cached = await createResponse();
    expect([ageSecondsOf(cached, LOADED_AT_MS + 1_999), ttlSecondsOf(cached, LOADED_AT_MS + 1_999)]).toEqual([1, 58]);
    expect([ageSecondsOf(cached, LOADED_AT_MS - 1), ttlSecondsOf(cached, LOADED_AT_MS + 61_000)]).toEqual([0, -1]);
  });
});

describe('size of a cached response', () => {
  const sizeWith = async (basis: Basis, url = '/products') => sizeOf({ ...(await createResponse()), basis }, url);

  it('size: includes the bytes of all representations and the URL', async () => {
    const { response } = await createResponse();
    const bytes = Object.values(response.representations).reduce((sum, each) => sum + each.bytes.length, 0);
    expect(await sizeWith([])).toBeGreaterThan(bytes);
    expect((await sizeWith([], '/products?page=2')) - (await sizeWith([]))).toBe('?page=2'.length);
  });

  it('size: grows with the basis in proportion to its JSON', async () => {
    const without = await sizeWith([]);
    const list = (length: number) => Array.from({ length }, () => 1_000); // five bytes of JSON each
    const [ten, twenty, thirty] = await Promise.all([10, 20, 30].map((length) => sizeWith(list(length))));
    expect(ten).toBeGreaterThan(without);
    expect(twenty! - ten!).toBeGreaterThanOrEqual(10 * 5);
    expect(thirty! - twenty!).toBe(twenty! - ten!);
  });
});

it.each([
  [{ kind: 'hit', ttlSeconds: 42 }, 'hit; ttl=42'],
  [{ kind: 'revalidating', ttlSeconds: -3 }, 'hit; ttl=-3; detail=stale-while-revalidate'],
  [{ kind: 'outage', ttlSeconds: -90 }, 'fwd=stale; fwd-status=503; ttl=-90; detail=stale-if-error'],
  [{ kind: 'miss', isStored: true, isCollapsed: false }, 'fwd=miss; stored'],
  [{ kind: 'miss', isStored: false, isCollapsed: true }, 'fwd=miss; collapsed'],
  [{ kind: 'bypass' }, 'fwd=bypass'],
] as const)('Cache-Status: the outcome %j is written as %s', (outcome, status) => {
  expect(toCacheStatus(outcome)).toBe(`FarmLokal; ${status}`);
});
