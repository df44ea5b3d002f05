/** A call that came to nothing, for the breaker to count and for callers to understand. */
import { ApplicationError } from '@platform/errors';
import { DeadlineExceededError } from '@platform/resilience';
import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel';
import { PartnerErrors } from './partner.errors';
import type { FailedTry } from './retry-rule';

/** The last of its tries. */
export class FailedCallError extends Error {
  override readonly name = 'FailedCallError';

  constructor(
    readonly failed: FailedTry,
    readonly isLate: boolean,
    /** It was the one call that a half-open breaker let through. */
    readonly isProbe: boolean,
  ) {
    super('status' in failed ? `it answered ${failed.status}` : `its answer failed: ${failed.failure}`);
  }
}

/** What was thrown on the way, as one of PartnerErrors; what is none of these, such as the caller's own reason, stays. */
export function toPartnerError(error: unknown): unknown {
  if (error instanceof ApplicationError) return error;
  const definition = definitionOf(error);
  return definition === undefined ? error : Object.assign(definition.create(), { cause: error });
}

function definitionOf(error: unknown) {
  if (error instanceof BulkheadRejectedError) return PartnerErrors.PARTNER_BUSY;
  if (error instanceof BrokenCircuitError) return PartnerErrors.PARTNER_UNAVAILABLE;
  if (error instanceof DeadlineExceededError) return PartnerErrors.PARTNER_TIMEOUT;
  if (!(error instanceof FailedCallError)) return undefined;
  const { failed } = error;
  if ('status' in failed) return failed.status === 429 ? PartnerErrors.PARTNER_BUSY : PartnerErrors.PARTNER_UNAVAILABLE;
  if (failed.failure === 'timeout') return PartnerErrors.PARTNER_TIMEOUT;
  if (failed.failure === 'too-large') return PartnerErrors.PARTNER_ANSWER_TOO_LARGE;
  return PartnerErrors.PARTNER_UNAVAILABLE;
}
