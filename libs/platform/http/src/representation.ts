/**
 * What is sent for a JSON answer: its bytes in the codings a client may accept, and a strong validator over exactly
 * those bytes, so that the brotli and the plain form never share an ETag (RFC 9110 §8.8.3.3).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { httpPolicy } from './http.policy';

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** Names in lower case and values by turns, as Node.js writes them without a detour. */
export type RawHeaders = readonly string[];

interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
  /** All that belong to it and to its answer. */
  readonly headers: RawHeaders;
}

/** An answer ready to be sent. Of a short one, or one that is made for a single client, some codings are not there. */
export interface EncodedResponse {
  /** Beyond those that every answer has. */
  readonly headers: RawHeaders;
  readonly representations: Readonly<Partial<Record<ContentCoding, Representation>> & { identity: Representation }>;
}

export const ALL_CODINGS: readonly ContentCoding[] = ['br', 'gzip', 'identity'];

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const brotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: httpPolicy.brotliQuality } };

const compress: Record<ContentCoding, (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) => brotli(bytes, brotliOptions),
  gzip: (bytes) => gzip(bytes),
  identity: (bytes) => Promise.resolve(bytes),
};

/** Makes the forms that are asked for, and the plain one; below one network packet only that. */
export async function encodeResponse(
  body: string,
  headers: RawHeaders,
  codings: readonly ContentCoding[],
): Promise<EncodedResponse> {
  const plain = Buffer.from(body);
  const wanted = plain.length < httpPolicy.minCompressedBytes ? [] : codings;
  const forms = await Promise.all(wanted.map(async (coding) => [coding, await compress[coding](plain)] as const));
  return toEncodedResponse(headers, [['identity', plain], ...forms]);
}

/** Of bytes that have their coding already. */
export function toEncodedResponse(
  headers: RawHeaders,
  forms: readonly (readonly [ContentCoding, Buffer])[],
): EncodedResponse {
  const ready = forms.map(([coding, bytes]) => [coding, toRepresentation(coding, bytes, headers)]);
  return { headers, representations: Object.fromEntries(ready) as EncodedResponse['representations'] };
}

function toRepresentation(coding: ContentCoding, given: Buffer, headers: RawHeaders): Representation {
  const bytes = copyToOwnBuffer(given);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const content = ['content-type', 'application/json; charset=utf-8', 'content-length', String(bytes.length)];
  const encoding = coding === 'identity' ? [] : ['content-encoding', coding];
  return { bytes, etag, headers: [...content, ...encoding, ...validatorOf(etag), ...headers] };
}

/** A view on a larger buffer, such as zlib's or Node.js' pool, would keep all of that alive as long as it is cached. */
function copyToOwnBuffer(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

function validatorOf(etag: string): RawHeaders {
  return ['etag', etag, 'vary', 'Accept-Encoding'];
}

/** What is to be sent for an answer: its bytes, or nothing where the client has them already. */
export interface NegotiatedResponse {
  readonly status: 200 | 304;
  readonly headers: RawHeaders;
  readonly bytes: Buffer | undefined;
}

/** Of a request, what decides how it is answered. */
interface RequestHeaders {
  readonly 'accept-encoding'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** In the form the client prefers, by its weights; ours is br, gzip, identity where it has no preference. */
export function negotiate(
  { headers: common, representations }: EncodedResponse,
  requested: RequestHeaders,
): NegotiatedResponse {
  const { bytes, etag, headers } =
    representations[chooseCoding(requested['accept-encoding'])] ?? representations.identity;
  if (!matchesAny(requested['if-none-match'], etag)) return { status: 200, headers, bytes };
  return { status: 304, headers: [...validatorOf(etag), ...common], bytes: undefined };
}

/** Clients write a handful of these; what was read is remembered, up to a bound of 100 KB. */
const codingsRead = new LRUCache<string, ContentCoding>({ max: 500 });
const MAX_REMEMBERED_LENGTH = 200;

export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  const known = codingsRead.get(acceptEncoding);
  if (known !== undefined) return known;
  const coding = readCoding(acceptEncoding);
  if (acceptEncoding.length <= MAX_REMEMBERED_LENGTH) codingsRead.set(acceptEncoding, coding);
  return coding;
}

function readCoding(acceptEncoding: string): ContentCoding {
  const weights = new Map(acceptEncoding.split(',').map(parseWeight));
  const weightOf = (coding: ContentCoding) => weights.get(coding) ?? weights.get('*') ?? 0;
  const best = weightOf('br') >= weightOf('gzip') ? 'br' : 'gzip';
  const identity = weights.get('identity') ?? 0;
  return weightOf(best) > 0 && weightOf(best) >= identity ? best : 'identity';
}

/** `If-None-Match` uses the weak comparison: `W/` in front of either side does not count (RFC 9110 §13.1.2). */
export function matchesAny(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

/** `gzip;q=0.5` → ['gzip', 0.5] */
function parseWeight(item: string): [string, number] {
  const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [coding, weight === undefined ? 1 : Number(weight.slice(2)) || 0];
}
