/** Decides whether a failed attempt is retried, and after which pause. */
import type { OutboundFailure } from '@platform/outbound';
import { fullJitterMs } from '@platform/resilience';
import type { PartnerPolicy } from '../partner.policy';
import { readRetryAfterMs } from './retry-after';

/** Failure or transient status of an attempt. */
export type FailedAttempt =
  { readonly failure: OutboundFailure } | { readonly status: number; readonly retryAfter: string | undefined };

export interface AttemptedCall {
  /** The method is idempotent (RFC 9110 §9.2.2), or the call has an idempotency key. */
  readonly isIdempotent: boolean;
  /** Number of attempts so far. */
  readonly attempts: number;
  /** Remaining time until the deadline. */
  readonly remainingMs: number;
}

/** 408, 425, 429 and every 5xx except 501 and 505, which are permanent. */
export function isTransient(status: number): boolean {
  if ([408, 425, 429].includes(status)) return true;
  return status >= 500 && status !== 501 && status !== 505;
}

/**
 * Returns the pause before the next attempt in ms, or undefined if there is none. A timeout is not retried, since the
 * partner may still be processing the request. First attempt, status 503, random 0.5, base 50 ms → `25`
 */
export function pauseBeforeRetryMs(
  { maxTries, backoff }: Pick<PartnerPolicy, 'maxTries' | 'backoff'>,
  { isIdempotent, attempts, remainingMs }: AttemptedCall,
  failed: FailedAttempt,
  { random, nowMs }: { random: number; nowMs: number },
): number | undefined {
  if (!isIdempotent || attempts >= maxTries || !isRetryable(failed)) return undefined;
  const retryAfterMs = 'status' in failed ? readRetryAfterMs(failed.retryAfter, nowMs) : undefined;
  const pauseMs = (retryAfterMs ?? 0) + fullJitterMs(backoff, attempts, random);
  return pauseMs < remainingMs ? pauseMs : undefined;
}

function isRetryable(failed: FailedAttempt): boolean {
  return 'status' in failed ? isTransient(failed.status) : ['not-connected', 'reset'].includes(failed.failure);
}
