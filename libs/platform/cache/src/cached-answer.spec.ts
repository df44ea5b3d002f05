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

describe('an answer in Redis', () => {
  it('is the same again when it is read, to the byte and with its validators', async () => {
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
  ])('is not there where %j is in its place', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('is read without a throw whatever is in its place', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (text) => decode(text) === undefined));
  });
});

describe('an answer is', () => {
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
  ])('after %d s %s', async (seconds, freshness) => {
    expect(await at(seconds)).toBe(freshness);
  });

  it('outdated as soon as something changed', async () => {
    expect(await at(1, 'v2')).toBe('outdated');
  });

  it('showable for a day when nothing better can be had', async () => {
    const cached = await anAnswer();
    const lastMs = MADE_AT_MS + FRESH_FOR_MS + cachePolicy.staleIfErrorSeconds * 1_000;
    expect([isShowable(cached, lastMs - 1), isShowable(cached, lastMs)]).toEqual([true, false]);
  });

  it('told to be so old, and fresh for so long', async () => {
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
] as const)('Cache-Status of %j is %s', (outcome, status) => {
  expect(toCacheStatus(outcome)).toBe(`FarmLokal; ${status}`);
});
