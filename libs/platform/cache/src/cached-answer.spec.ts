import fc from 'fast-check';
import { ALL_CODINGS, makeReady } from '@platform/http';
import { toCacheStatus } from './cache-status';
import { cachePolicy } from './cache.policy';
import {
  ageSecondsOf,
  decode,
  encode,
  freshnessOf,
  isShowable,
  ttlSecondsOf,
  type CachedAnswer,
} from './cached-answer';

const MADE_AT_MS = Date.UTC(2026, 10, 25);
const FRESH_FOR_MS = 60_000;

async function anAnswer(): Promise<CachedAnswer> {
  const body = JSON.stringify({ data: 'आम '.repeat(600) });
  const answer = await makeReady(body, ['link', '</products>; rel="first"'], ALL_CODINGS);
  return { answer, version: 'v1', madeAtMs: MADE_AT_MS, freshForMs: FRESH_FOR_MS };
}

describe('cached response in Redis', () => {
  it('round trip: a decoded response has the same bytes and validators as the encoded one', async () => {
    const cached = await anAnswer();
    expect(decode(encode(cached))).toEqual(cached);
  });

  it.each([
    undefined,
    null,
    42,
    '',
    '{',
    '[]',
    '{}',
    '{"forms":{}}',
    '{"headers":[],"forms":[],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":[],"forms":[["br","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":[1],"forms":[["identity","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":["a","b\\r\\nset-cookie: x"],"forms":[["identity","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":["a"],"forms":[["identity","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":["a b","c"],"forms":[["identity","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":[],"forms":[["identity","AA=="],["zip","AA=="]],"version":"v","madeAtMs":1,"freshForMs":1}',
    '{"headers":[],"forms":[["identity","AA=="]],"version":7,"madeAtMs":1,"freshForMs":1}',
    '{"headers":[],"forms":[["identity","AA=="]],"version":"v","madeAtMs":"1","freshForMs":1}',
    '{"headers":[],"forms":[["identity",5]],"version":"v","madeAtMs":1,"freshForMs":1}',
  ])('cache miss: the value %j decodes to undefined', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('cache miss: any arbitrary value decodes to undefined without an error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (text) => decode(text) === undefined));
  });
});

describe('freshness of a cached response', () => {
  const at = async (seconds: number, version = 'v1') =>
    freshnessOf(await anAnswer(), version, MADE_AT_MS + seconds * 1_000);

  it.each([
    [0, 'fresh'],
    [59, 'fresh'],
    [60, 'stale'],
    [60 + cachePolicy.staleWhileRevalidateSeconds - 1, 'stale'],
    [60 + cachePolicy.staleWhileRevalidateSeconds, 'outdated'],
    [-4, 'fresh'],
    [-6, 'outdated'], // made by a clock that is ahead of ours by more than clocks are
  ])('stale while revalidating: after %d s a response is %s', async (seconds, freshness) => {
    expect(await at(seconds)).toBe(freshness);
  });

  it('invalidation: a response of another cache version is outdated', async () => {
    expect(await at(1, 'v2')).toBe('outdated');
  });

  it('stale if error: an expired response may be served for the stale-if-error time and no longer', async () => {
    const cached = await anAnswer();
    const lastMs = MADE_AT_MS + FRESH_FOR_MS + cachePolicy.staleIfErrorSeconds * 1_000;
    expect([isShowable(cached, lastMs - 1), isShowable(cached, lastMs)]).toEqual([true, false]);
  });

  it('Age: whole seconds that are never negative; the ttl is negative after the response has expired', async () => {
    const cached = await anAnswer();
    expect([ageSecondsOf(cached, MADE_AT_MS + 1_999), ttlSecondsOf(cached, MADE_AT_MS + 1_999)]).toEqual([1, 58]);
    expect([ageSecondsOf(cached, MADE_AT_MS - 1), ttlSecondsOf(cached, MADE_AT_MS + 61_000)]).toEqual([0, -1]);
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
