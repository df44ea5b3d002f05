/** A cached response with its version and lifetime, and its encoding in Redis. */
import {
  ALL_CODINGS,
  toEncodedResponse,
  type ContentCoding,
  type RawHeaders,
  type EncodedResponse,
} from '@platform/http';
import { cachePolicy } from '../cache.policy';
import type { Basis } from '../response-validity';

export interface CachedResponse {
  readonly response: EncodedResponse;
  readonly basis: Basis;
  /** Version of the changes before the load: a change during the load may outdate the response at once. */
  readonly version: string;
  readonly loadedAtMs: number;
  readonly freshForMs: number;
}

/** Outdated responses are served only if no newer one can be loaded. */
export type Freshness = 'fresh' | 'stale' | 'outdated';

/** Freshness by age alone, of a response that no change has outdated. */
export function freshnessOf(cached: CachedResponse, nowMs: number): Freshness {
  const ageMs = nowMs - cached.loadedAtMs;
  if (ageMs < -cachePolicy.clockSkewMs) return 'outdated';
  if (ageMs < cached.freshForMs) return 'fresh';
  return ageMs < cached.freshForMs + cachePolicy.staleWhileRevalidateSeconds * 1_000 ? 'stale' : 'outdated';
}

/** Returns whether the response may be served while no newer one can be loaded (RFC 5861 §4). */
export function isWithinStaleIfError({ loadedAtMs, freshForMs }: CachedResponse, nowMs: number): boolean {
  return nowMs - loadedAtMs < freshForMs + cachePolicy.staleIfErrorSeconds * 1_000;
}

/** Value of the `Age` header (RFC 9111 §5.1), in whole seconds. */
export function ageSecondsOf({ loadedAtMs }: CachedResponse, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - loadedAtMs) / 1_000));
}

/** Remaining freshness in whole seconds; negative after the response has expired. */
export function ttlSecondsOf({ loadedAtMs, freshForMs }: CachedResponse, nowMs: number): number {
  return Math.floor((loadedAtMs + freshForMs - nowMs) / 1_000);
}

/**
 * Heap overhead of objects and arrays, per response and per representation. Generous: under a stream of new pages the
 * heap also contains those evicted since its last full collection (measured in test/faults/memory.fault-spec.ts).
 */
const RESPONSE_BYTES = 3_072;
const REPRESENTATION_BYTES = 3_072;

/**
 * Bytes of a basis in memory per byte of its JSON, with the entries of the maps that find the response by what it
 * rests on (measured in test/faults/memory.fault-spec.ts).
 */
const BYTES_PER_BASIS_BYTE = 20;

/** Bytes of a response and its URL in memory. Strings are ASCII; representations share the strings of their headers. */
export function sizeOf({ response, basis }: CachedResponse, url: string): number {
  const representationBytes = Object.values(response.representations).reduce(
    (sum, { bytes }) => sum + REPRESENTATION_BYTES + bytes.length,
    0,
  );
  const basisBytes = BYTES_PER_BASIS_BYTE * JSON.stringify(basis).length;
  return RESPONSE_BYTES + url.length + totalLengthOf(response.headers) + representationBytes + basisBytes;
}

function totalLengthOf(strings: readonly string[]): number {
  return strings.reduce((sum, text) => sum + text.length, 0);
}

type Stored = Omit<CachedResponse, 'response'> & {
  readonly headers: RawHeaders;
  /** Bodies in base64. */
  readonly representations: readonly (readonly [ContentCoding, string])[];
};

export function encode({ response: { headers, representations }, ...rest }: CachedResponse): string {
  const stored = Object.entries(representations).map(
    ([coding, { bytes }]) => [coding, bytes.toString('base64')] as const,
  );
  return JSON.stringify({ ...rest, headers, representations: stored as Stored['representations'] } satisfies Stored);
}

/** Returns undefined if `text` is not a valid result of `encode`. */
export function decode(text: unknown): CachedResponse | undefined {
  try {
    const { headers, representations, basis, version, loadedAtMs, freshForMs } = JSON.parse(String(text)) as Stored;
    const isValid = typeof version === 'string' && Number.isFinite(loadedAtMs) && Number.isFinite(freshForMs);
    if (!isValid || !areHeaders(headers) || !representations.every(([coding]) => ALL_CODINGS.includes(coding)))
      return undefined;
    const bytes = representations.map(([coding, base64]) => [coding, Buffer.from(base64, 'base64')] as const);
    const response = toEncodedResponse(headers, bytes);
    return 'identity' in response.representations ? { response, basis, version, loadedAtMs, freshForMs } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether names and values alternate, in ASCII (RFC 9110 §5.1, §5.5) and with lower-case names. */
function areHeaders(headers: readonly unknown[]): boolean {
  const patterns = [/^[a-z0-9-]+$/, /^[\t\x20-\x7e]*$/];
  return (
    headers.length % 2 === 0 && headers.every((text, at) => typeof text === 'string' && patterns[at % 2]?.test(text))
  );
}
