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
    const ready = await encodeResponse(LONG, [], ALL_CODINGS);
    const answers = ['br', 'gzip', 'identity'].map((coding) => negotiate(ready, { 'accept-encoding': coding }));
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

  it('304 Not Modified: a matching If-None-Match gets the headers of the response without its body', async () => {
    const ready = await encodeResponse('short', ['link', '<a>; rel="next"'], []);
    const { etag } = ready.representations.identity;
    const about = { link: '<a>; rel="next"', etag, vary: 'Accept-Encoding' };
    const known = negotiate(ready, { 'if-none-match': etag });
    expect([known.status, known.bytes, toObject(known.headers)]).toEqual([304, undefined, about]);
    const sent = negotiate(ready, { 'if-none-match': '"other"' });
    expect([sent.status, toObject(sent.headers)]).toEqual([200, expect.objectContaining(about)]);
  });

  it('Content-Encoding: a body is plain if compression saves no packet or the coding was not prepared', async () => {
    const short = await encodeResponse('short', [], ALL_CODINGS);
    expect(negotiate(short, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from('short'));
    const onlyGzip = await encodeResponse(LONG, [], ['gzip']);
    expect(negotiate(onlyGzip, { 'accept-encoding': 'br' }).bytes).toEqual(Buffer.from(LONG));
  });

  it('ETag: equal bytes have equal ETags, other bytes have another', async () => {
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
