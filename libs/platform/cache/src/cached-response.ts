/** An answer with what decides whether it may still be shown, and its form in Redis. */
import {
  ALL_CODINGS,
  toEncodedResponse,
  type ContentCoding,
  type RawHeaders,
  type EncodedResponse,
} from '@platform/http';
import { cachePolicy } from './cache.policy';

export interface CachedResponse {
  readonly response: EncodedResponse;
  /** Of the catalogue before the answer was made: a change meanwhile makes it outdated at once. */
  readonly version: string;
  readonly loadedAtMs: number;
  readonly freshForMs: number;
}

/** Outdated ones are shown only where nothing better can be had. */
export type Freshness = 'fresh' | 'stale' | 'outdated';

export function freshnessOf(cached: CachedResponse, version: string, nowMs: number): Freshness {
  const ageMs = nowMs - cached.loadedAtMs;
  if (cached.version !== version || ageMs < -cachePolicy.clockSkewMs) return 'outdated';
  if (ageMs < cached.freshForMs) return 'fresh';
  return ageMs < cached.freshForMs + cachePolicy.staleWhileRevalidateSeconds * 1_000 ? 'stale' : 'outdated';
}

/** Whether it may be shown while nothing newer can be made (RFC 5861 §4). */
export function isWithinStaleIfError({ loadedAtMs, freshForMs }: CachedResponse, nowMs: number): boolean {
  return nowMs - loadedAtMs < freshForMs + cachePolicy.staleIfErrorSeconds * 1_000;
}

/** RFC 9111 §5.1, in whole seconds. */
export function ageSecondsOf({ loadedAtMs }: CachedResponse, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - loadedAtMs) / 1_000));
}

/** Seconds it is fresh from now on; negative for how long it has not been. */
export function ttlSecondsOf({ loadedAtMs, freshForMs }: CachedResponse, nowMs: number): number {
  return Math.floor((loadedAtMs + freshForMs - nowMs) / 1_000);
}

/**
 * Objects and arrays of a cached answer, and of each of its forms. Generous: under a stream of new pages the heap also
 * holds those dropped since its last full collection (test/faults/memory.fault-spec.ts measures the whole).
 */
const RESPONSE_BYTES = 3_072;
const REPRESENTATION_BYTES = 3_072;

/** Bytes that an answer and its address hold in memory. Texts are ASCII; forms share those of their headers. */
export function sizeOf({ response }: CachedResponse, url: string): number {
  const forms = Object.values(response.representations).reduce(
    (sum, { bytes }) => sum + REPRESENTATION_BYTES + bytes.length,
    0,
  );
  return RESPONSE_BYTES + url.length + lengthOf(response.headers) + forms;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

type Stored = Omit<CachedResponse, 'response'> & {
  readonly headers: RawHeaders;
  /** Bytes as base64. */
  readonly representations: readonly (readonly [ContentCoding, string])[];
};

export function encode({ response: { headers, representations }, ...rest }: CachedResponse): string {
  const stored = Object.entries(representations).map(
    ([coding, { bytes }]) => [coding, bytes.toString('base64')] as const,
  );
  return JSON.stringify({ ...rest, headers, representations: stored as Stored['representations'] } satisfies Stored);
}

/** Undefined for whatever is not what `encode` makes. */
export function decode(text: unknown): CachedResponse | undefined {
  try {
    const { headers, representations, version, loadedAtMs, freshForMs } = JSON.parse(String(text)) as Stored;
    const isWhole = typeof version === 'string' && Number.isFinite(loadedAtMs) && Number.isFinite(freshForMs);
    if (!isWhole || !areHeaders(headers) || !representations.every(([coding]) => ALL_CODINGS.includes(coding)))
      return undefined;
    const bytes = representations.map(([coding, base64]) => [coding, Buffer.from(base64, 'base64')] as const);
    const response = toEncodedResponse(headers, bytes);
    return 'identity' in response.representations ? { response, version, loadedAtMs, freshForMs } : undefined;
  } catch {
    return undefined;
  }
}

/** Names and values by turns, as RFC 9110 §5.1 and §5.5 have them, in lower case and ASCII. */
function areHeaders(headers: readonly unknown[]): boolean {
  const shapes = [/^[a-z0-9-]+$/, /^[\t\x20-\x7e]*$/];
  return (
    headers.length % 2 === 0 && headers.every((text, at) => typeof text === 'string' && shapes[at % 2]?.test(text))
  );
}
