/** Failed calls: the circuit breaker counts them, and callers receive them as PartnerErrors. */
import { ApplicationError } from '@platform/errors';
import { DeadlineExceededError } from '@platform/resilience';
import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel';
import { PartnerErrors } from '../partner.errors';
import type { FailedAttempt } from './retry-rule';

/** Failure of the last attempt of a call. */
export class FailedCallError extends Error {
  override readonly name = 'FailedCallError';

  constructor(
    readonly failed: FailedAttempt,
    readonly isLate: boolean,
    /** The call was the probe of a half-open breaker. */
    readonly isProbe: boolean,
  ) {
    super(
      'status' in failed
        ? `the partner responded with status ${failed.status}`
        : `the request failed: ${failed.failure}`,
    );
  }
}

/** Converts an error of a call to one of PartnerErrors. Returns others unchanged, such as the reason of an abort. */
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
