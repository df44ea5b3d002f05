/** Whether a try is followed by another, and after which pause. */
import type { OutboundFailure } from '@platform/outbound';
import { fullJitterMs } from '@platform/resilience';
import type { PartnerPolicy } from './partner.policy';
import { readRetryAfterMs } from './retry-after';

/** How a try ended that gave nothing to go on with. */
export type FailedTry =
  { readonly failure: OutboundFailure } | { readonly status: number; readonly retryAfter: string | undefined };

export interface TriedCall {
  /** Carrying it out twice does no harm: an idempotent method (RFC 9110 §9.2.2), or a key that the partner knows it by. */
  readonly isIdempotent: boolean;
  /** So far. */
  readonly tries: number;
  /** Until its deadline. */
  readonly leftMs: number;
}

/** Statuses that say that the same request may do better later; every 5xx but 501 and 505, which are for ever. */
export function isTransient(status: number): boolean {
  if ([408, 425, 429].includes(status)) return true;
  return status >= 500 && status !== 501 && status !== 505;
}

/** Ms; undefined where there is no other try. A try that timed out is not repeated: the partner is still at it. */
export function pauseBeforeRetryMs(
  { maxTries, backoff }: Pick<PartnerPolicy, 'maxTries' | 'backoff'>,
  { isIdempotent, tries, leftMs }: TriedCall,
  failed: FailedTry,
  { random, nowMs }: { random: number; nowMs: number },
): number | undefined {
  if (!isIdempotent || tries >= maxTries || !isRetryable(failed)) return undefined;
  const askedForMs = 'status' in failed ? readRetryAfterMs(failed.retryAfter, nowMs) : undefined;
  const pauseMs = (askedForMs ?? 0) + fullJitterMs(backoff, tries, random);
  return pauseMs < leftMs ? pauseMs : undefined;
}

function isRetryable(failed: FailedTry): boolean {
  return 'status' in failed ? isTransient(failed.status) : ['not-connected', 'reset'].includes(failed.failure);
}
