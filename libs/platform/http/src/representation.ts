/**
 * What is sent for a JSON answer: its bytes in the codings a client may accept, and a strong validator over exactly
 * those bytes, so that the brotli and the plain form never share an ETag (RFC 9110 §8.8.3.3).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { httpPolicy } from './http.policy';

export type ContentCoding = 'br' | 'gzip' | 'identity';

export interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** An answer ready to be sent. Of a short one, or one that is made for a single client, some codings are not there. */
export interface ReadyAnswer {
  /** Beyond those that every answer has; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly forms: Readonly<Partial<Record<ContentCoding, Representation>> & { identity: Representation }>;
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
export async function makeReady(
  body: string,
  headers: Readonly<Record<string, string>>,
  codings: readonly ContentCoding[],
): Promise<ReadyAnswer> {
  const plain = Buffer.from(body);
  const wanted = plain.length < httpPolicy.minCompressedBytes ? [] : codings;
  const forms = await Promise.all(
    wanted.map(async (coding) => [coding, toRepresentation(await compress[coding](plain))] as const),
  );
  return { headers, forms: { identity: toRepresentation(plain), ...Object.fromEntries(forms) } };
}

function toRepresentation(bytes: Buffer): Representation {
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

/** The form to send, by the client's weights, ours in the order br, gzip, identity where it has no preference. */
export function chooseForm(
  { forms }: ReadyAnswer,
  acceptEncoding: string | undefined,
): readonly [form: Representation, coding: ContentCoding] {
  const coding = chooseCoding(acceptEncoding);
  const form = forms[coding];
  return form === undefined ? [forms.identity, 'identity'] : [form, coding];
}

/** Clients write a handful of these; what was read is remembered, up to a bound. */
const codingsRead = new Map<string, ContentCoding>();
const MAX_CODINGS_READ = 500;

export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  const known = codingsRead.get(acceptEncoding);
  if (known !== undefined) return known;
  const coding = readCoding(acceptEncoding);
  if (codingsRead.size < MAX_CODINGS_READ) codingsRead.set(acceptEncoding, coding);
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
