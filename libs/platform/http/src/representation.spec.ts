import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ALL_CODINGS, chooseCoding, makeReady, matchesAny, respond, type RawHeaders } from './representation';

const LONG = JSON.stringify({ data: 'tomato '.repeat(500) });

const toObject = (headers: RawHeaders): Record<string, string | undefined> =>
  Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : [])));

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
    const ready = await makeReady(LONG, [], ALL_CODINGS);
    const answers = ['br', 'gzip', 'identity'].map((coding) => respond(ready, { 'accept-encoding': coding }));
    const [br, gzip, plain] = answers.map(({ bytes }) => bytes!);
    expect(brotliDecompressSync(br!).toString()).toBe(LONG);
    expect(gunzipSync(gzip!).toString()).toBe(LONG);
    expect(plain!.toString()).toBe(LONG);
    const headers = answers.map((answer) => toObject(answer.headers));
    expect(headers.map((each) => each['content-encoding'])).toEqual(['br', 'gzip', undefined]);
    const lengths = [br, gzip, plain].map((bytes) => String(bytes!.length));
    expect(headers.map((each) => each['content-length'])).toEqual(lengths);
    expect(new Set(headers.map(({ etag }) => etag)).size).toBe(3);
  });

  it('is not sent to who has it, and says of itself what it would with it', async () => {
    const ready = await makeReady('short', ['link', '<a>; rel="next"'], []);
    const { etag } = ready.forms.identity;
    const about = { link: '<a>; rel="next"', etag, vary: 'Accept-Encoding' };
    const known = respond(ready, { 'if-none-match': etag });
    expect([known.status, known.bytes, toObject(known.headers)]).toEqual([304, undefined, about]);
    const sent = respond(ready, { 'if-none-match': '"other"' });
    expect([sent.status, toObject(sent.headers)]).toEqual([200, expect.objectContaining(about)]);
  });

  it('is plain where compressing saves no packet, or where nobody asked for more', async () => {
    const short = await makeReady('short', [], ALL_CODINGS);
    expect(respond(short, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from('short'));
    const onlyGzip = await makeReady(LONG, [], ['gzip']);
    expect(respond(onlyGzip, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from(LONG));
  });

  it('has the same ETag for the same bytes only', async () => {
    const etagOf = async (body: string) => (await makeReady(body, [], [])).forms.identity.etag;
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
