import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ALL_CODINGS, chooseCoding, encodeResponse, matchesAny, negotiate, type RawHeaders } from './representation';

const LONG = JSON.stringify({ data: 'tomato '.repeat(500) });

const toObject = (headers: RawHeaders): Record<string, string | undefined> =>
  Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : [])));

describe('content coding', () => {
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
  ])('Accept-Encoding: %j selects %s', (acceptEncoding, coding) => {
    expect(chooseCoding(acceptEncoding)).toBe(coding);
  });
});

describe('encoded response', () => {
  it('Content-Encoding: br, gzip and identity decode to the same body, each with its length and ETag', async () => {
    const encoded = await encodeResponse(LONG, [], ALL_CODINGS);
    const responses = ['br', 'gzip', 'identity'].map((coding) => negotiate(encoded, { 'accept-encoding': coding }));
    const [br, gzip, plain] = responses.map(({ bytes }) => bytes!);
    expect(brotliDecompressSync(br!).toString()).toBe(LONG);
    expect(gunzipSync(gzip!).toString()).toBe(LONG);
    expect(plain!.toString()).toBe(LONG);
    const headers = responses.map((response) => toObject(response.headers));
    expect(headers.map((each) => each['content-encoding'])).toEqual(['br', 'gzip', undefined]);
    const lengths = [br, gzip, plain].map((bytes) => String(bytes!.length));
    expect(headers.map((each) => each['content-length'])).toEqual(lengths);
    expect(new Set(headers.map(({ etag }) => etag)).size).toBe(3);
  });

  it('304 Not Modified: a matching If-None-Match gets the headers of the response without its body', async () => {
    const encoded = await encodeResponse('short', ['link', '<a>; rel="next"'], []);
    const { etag } = encoded.representations.identity;
    const metadata = { link: '<a>; rel="next"', etag, vary: 'Accept-Encoding' };
    const notModified = negotiate(encoded, { 'if-none-match': etag });
    expect([notModified.status, notModified.bytes, toObject(notModified.headers)]).toEqual([304, undefined, metadata]);
    const full = negotiate(encoded, { 'if-none-match': '"other"' });
    expect([full.status, toObject(full.headers)]).toEqual([200, expect.objectContaining(metadata)]);
  });

  it('Content-Encoding: a body is plain if compression saves no packet or the coding was not prepared', async () => {
    const short = await encodeResponse('short', [], ALL_CODINGS);
    expect(negotiate(short, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from('short'));
    const onlyGzip = await encodeResponse(LONG, [], ['gzip']);
    expect(negotiate(onlyGzip, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from(LONG));
  });

  it('ETag: equal bytes have equal ETags, different bytes have different ones', async () => {
    const etagOf = async (body: string) => (await encodeResponse(body, [], [])).representations.identity.etag;
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
  ])('If-None-Match: %j against "x" is %s', (header, matches) => {
    expect(matchesAny(header, '"x"')).toBe(matches);
  });
});
