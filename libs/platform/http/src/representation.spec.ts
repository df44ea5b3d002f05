import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { chooseCoding, matchesAny, represent } from './representation';

const LONG = JSON.stringify({ data: 'tomato '.repeat(500) });

describe('the coding of an answer', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['gzip;q=0.2, identity', 'identity'],
    ['deflate', 'identity'],
    ['gzip;q=nonsense', 'identity'],
  ])('for Accept-Encoding %j is %s', (acceptEncoding, coding) => {
    expect(chooseCoding(acceptEncoding)).toBe(coding);
  });
});

describe('a representation', () => {
  it('decodes to what was given, whatever its coding', async () => {
    const [br, gzip, plain] = await Promise.all([
      represent(LONG, 'br'),
      represent(LONG, 'gzip'),
      represent(LONG, undefined),
    ]);
    expect(brotliDecompressSync(br.bytes).toString()).toBe(LONG);
    expect(gunzipSync(gzip.bytes).toString()).toBe(LONG);
    expect(plain.bytes.toString()).toBe(LONG);
    expect(new Set([br.etag, gzip.etag, plain.etag]).size).toBe(3);
  });

  it('has the same ETag for the same bytes only', async () => {
    expect((await represent('a', undefined)).etag).toBe((await represent('a', 'br')).etag);
    expect((await represent('a', undefined)).etag).not.toBe((await represent('b', undefined)).etag);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"x"', true],
    ['W/"x"', true],
    ['"a", "x"', true],
    ['*', true],
    ['"y"', false],
    ['x', false],
    [undefined, false],
  ])('%j against "x" is %s', (header, matches) => {
    expect(matchesAny(header, '"x"')).toBe(matches);
  });
});
