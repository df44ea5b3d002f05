import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ALL_CODINGS, chooseCoding, chooseForm, makeReady, matchesAny } from './representation';

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

describe('an answer ready to be sent', () => {
  it('decodes to what was given, whatever the coding the client prefers', async () => {
    const ready = await makeReady(LONG, {}, ALL_CODINGS);
    const [br, gzip, plain] = ['br', 'gzip', undefined].map((accepted) => chooseForm(ready, accepted)[0]);
    expect(brotliDecompressSync(br!.bytes).toString()).toBe(LONG);
    expect(gunzipSync(gzip!.bytes).toString()).toBe(LONG);
    expect(plain!.bytes.toString()).toBe(LONG);
    expect(new Set([br, gzip, plain].map((form) => form!.etag)).size).toBe(3);
  });

  it('is plain where compressing saves no packet, or where nobody asked for more', async () => {
    expect(chooseForm(await makeReady('short', {}, ALL_CODINGS), 'br')[1]).toBe('identity');
    expect(chooseForm(await makeReady(LONG, {}, ['gzip']), 'br')[1]).toBe('identity');
  });

  it('has the same ETag for the same bytes only', async () => {
    const etagOf = async (body: string) => (await makeReady(body, {}, [])).forms.identity.etag;
    expect(await etagOf('a')).toBe(await etagOf('a'));
    expect(await etagOf('a')).not.toBe(await etagOf('b'));
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
