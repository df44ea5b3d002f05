import { defineErrors } from '@platform/errors';

const RETRY_LATER = 'Try again after the time in the `Retry-After` header.';

/** Errors of calls to the partner. */
export const PartnerErrors = defineErrors({
  PARTNER_NOT_CONFIGURED: {
    kind: 'unavailable',
    title: 'No partner is configured',
    remedy: 'Ask the operator to set OAUTH_URL and PARTNER_API_URL; clients cannot fix this.',
    message: () => 'No partner is configured for this service.',
  },
  PARTNER_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The partner is unavailable',
    remedy: RETRY_LATER,
    message: () => 'The partner cannot be reached, responds with an error, or its circuit breaker is open.',
  },
  PARTNER_BUSY: {
    kind: 'unavailable',
    title: 'Too many requests to the partner are in progress',
    remedy: RETRY_LATER,
    message: () => 'The partner, or this service, limits the requests to the partner.',
  },
  PARTNER_TIMEOUT: {
    kind: 'gateway-timeout',
    title: 'The partner did not respond in time',
    remedy: RETRY_LATER,
    message: () => 'The partner did not respond within the time limit.',
  },
  PARTNER_REFUSED: {
    kind: 'bad-gateway',
    title: 'The partner denies access to this service',
    remedy: 'Ask the operator to check the permissions of this service at the partner; clients cannot fix this.',
    message: () => 'The partner responded with 401 or 403 to a valid access token.',
  },
  PARTNER_ANSWER_INVALID: {
    kind: 'bad-gateway',
    title: 'The partner’s response is invalid',
    remedy: 'Ask the operator to check the partner’s responses; clients cannot fix this.',
    message: (reason: string) => `The response of the partner is invalid: ${reason}.`,
  },
  PARTNER_ANSWER_TOO_LARGE: {
    kind: 'bad-gateway',
    title: 'The partner’s response is too large',
    remedy: 'Ask the operator to check the partner’s responses; clients cannot fix this.',
    message: () => 'The response of the partner exceeds the size limit.',
  },
  PARTNER_CURSOR_UNKNOWN: {
    kind: 'bad-gateway',
    title: 'The partner does not recognise the cursor',
    remedy: 'Wait until the service has read the changes from the beginning; clients cannot fix this.',
    message: () => 'The partner does not recognise the cursor that it issued.',
  },
});
