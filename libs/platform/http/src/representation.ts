/**
 * What is sent for a JSON answer: its bytes in the coding the client accepts, and a strong validator over
 * exactly those bytes, so that the brotli and the plain form never share an ETag (RFC 9110 §8.8.3.3).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { httpPolicy } from './http.policy';

type ContentCoding = 'br' | 'gzip' | 'identity';

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const brotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: httpPolicy.brotliQuality } };

const compress: Record<ContentCoding, (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) => brotli(bytes, brotliOptions),
  gzip: (bytes) => gzip(bytes),
  identity: (bytes) => Promise.resolve(bytes),
};

export interface Representation {
  readonly bytes: Buffer;
  readonly coding: ContentCoding;
  readonly etag: string;
}

export async function represent(body: string, acceptEncoding: string | undefined): Promise<Representation> {
  const plain = Buffer.from(body);
  const coding = plain.length < httpPolicy.minCompressedBytes ? 'identity' : chooseCoding(acceptEncoding);
  const bytes = await compress[coding](plain);
  return { bytes, coding, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

/** The best of ours by the client's weights, ours in the order br, gzip, identity where it has no preference. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  const weights = new Map((acceptEncoding ?? '').split(',').map(parseWeight));
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
