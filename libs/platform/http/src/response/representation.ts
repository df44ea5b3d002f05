/**
 * Representations of a JSON response, one for each content coding. Each has a strong validator over its encoded bytes,
 * so the brotli and the identity representation never share an ETag (RFC 9110 §8.8.3.3).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { httpPolicy } from '../http.policy';

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** Alternating names (lower case) and values, which Node.js writes without conversion. */
export type RawHeaders = readonly string[];

interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
  /** All headers: those of the representation and those of its response. */
  readonly headers: RawHeaders;
}

/** An encoded response. Short responses, and responses for a single client, lack some codings. */
export interface EncodedResponse {
  /** Headers besides those that every response has. */
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

/** Encodes `body` in `codings` and identity; a body below one network packet only in identity. */
export async function encodeResponse(
  body: string,
  headers: RawHeaders,
  codings: readonly ContentCoding[],
): Promise<EncodedResponse> {
  const plain = Buffer.from(body);
  const selected = plain.length < httpPolicy.minCompressedBytes ? [] : codings;
  const encoded = await Promise.all(selected.map(async (coding) => [coding, await compress[coding](plain)] as const));
  return toEncodedResponse(headers, [['identity', plain], ...encoded]);
}

/** Builds a response from bodies that are already encoded. */
export function toEncodedResponse(
  headers: RawHeaders,
  bodies: readonly (readonly [ContentCoding, Buffer])[],
): EncodedResponse {
  const representations = bodies.map(([coding, bytes]) => [coding, toRepresentation(coding, bytes, headers)]);
  return { headers, representations: Object.fromEntries(representations) as EncodedResponse['representations'] };
}

function toRepresentation(coding: ContentCoding, source: Buffer, headers: RawHeaders): Representation {
  const bytes = copyToOwnBuffer(source);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const content = ['content-type', 'application/json; charset=utf-8', 'content-length', String(bytes.length)];
  const encoding = coding === 'identity' ? [] : ['content-encoding', coding];
  return { bytes, etag, headers: [...content, ...encoding, ...validatorOf(etag), ...headers] };
}

/** A cached view on a larger buffer, such as the pools of zlib and Node.js, would retain the whole buffer. */
function copyToOwnBuffer(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function validatorOf(etag: string): RawHeaders {
  return ['etag', etag, 'vary', 'Accept-Encoding'];
}

/** Response to a request: 200 with the bytes, or 304 without them if the client has them cached. */
export interface NegotiatedResponse {
  readonly status: 200 | 304;
  readonly headers: RawHeaders;
  readonly bytes: Buffer | undefined;
}

/** Request headers that select the representation and the status. */
interface RequestHeaders {
  readonly 'accept-encoding'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/**
 * Selects the representation by the weights of the codings; equal weights rank br, gzip, identity. A coding without a
 * representation falls back to identity.
 */
export function negotiate(
  { headers: common, representations }: EncodedResponse,
  requested: RequestHeaders,
): NegotiatedResponse {
  const { bytes, etag, headers } =
    representations[chooseCoding(requested['accept-encoding'])] ?? representations.identity;
  if (!matchesAny(requested['if-none-match'], etag)) return { status: 200, headers, bytes };
  return { status: 304, headers: [...validatorOf(etag), ...common], bytes: undefined };
}

/** Parsed headers: clients send few different values. At most 100 KB. */
const parsedCodings = new LRUCache<string, ContentCoding>({ max: 500 });
const MAX_CACHED_LENGTH = 200;

export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  const cached = parsedCodings.get(acceptEncoding);
  if (cached !== undefined) return cached;
  const coding = parseCoding(acceptEncoding);
  if (acceptEncoding.length <= MAX_CACHED_LENGTH) parsedCodings.set(acceptEncoding, coding);
  return coding;
}

function parseCoding(acceptEncoding: string): ContentCoding {
  const weights = new Map(acceptEncoding.split(',').map(parseWeight));
  const weightOf = (coding: ContentCoding) => weights.get(coding) ?? weights.get('*') ?? 0;
  const best = weightOf('br') >= weightOf('gzip') ? 'br' : 'gzip';
  const identity = weights.get('identity') ?? 0;
  return weightOf(best) > 0 && weightOf(best) >= identity ? best : 'identity';
}

/** Weak comparison for `If-None-Match`: ignores the prefix `W/` (RFC 9110 §13.1.2). */
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
