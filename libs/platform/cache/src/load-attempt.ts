/** Outcome of a load, which callers share. */
import { ApplicationError, type ErrorKind } from '@platform/errors';
import type { CachedResponse } from './store/cached-response';

/** A load with the version of the changes before it. */
export type LoadAttempt = { readonly version: string } & (
  { readonly cached: CachedResponse } | { readonly cached: undefined; readonly error: unknown }
);

/** Server errors with status 500, 502, 503 or 504 (RFC 5861 §4). Other errors are the response to the request. */
const OUTAGE_KINDS: readonly ErrorKind[] = ['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'];

export function isOutage(error: unknown): boolean {
  return !(error instanceof ApplicationError) || OUTAGE_KINDS.includes(error.definition.kind);
}
