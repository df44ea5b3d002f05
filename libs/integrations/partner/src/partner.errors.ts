import { defineErrors } from '@platform/errors';

const LATER = 'Try again after the time in the `Retry-After` header.';

/** Why the partner gave no answer that can be used. */
export const PartnerErrors = defineErrors({
  PARTNER_NOT_CONFIGURED: {
    kind: 'unavailable',
    title: 'There is no partner to ask',
    remedy: 'Nothing a client can mend: the operator names the partner by OAUTH_URL and PARTNER_API_URL.',
    message: () => 'This service has no partner system',
  },
  PARTNER_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The partner cannot be reached',
    remedy: LATER,
    message: () => 'The partner system does not answer at the moment',
  },
  PARTNER_BUSY: {
    kind: 'unavailable',
    title: 'The partner is asked too much',
    remedy: LATER,
    message: () => 'The partner system has to be left alone for a while',
  },
  PARTNER_TIMEOUT: {
    kind: 'gateway-timeout',
    title: 'The partner did not answer in time',
    remedy: LATER,
    message: () => 'The partner system took too long to answer',
  },
  PARTNER_REFUSED: {
    kind: 'bad-gateway',
    title: 'The partner refuses our access',
    remedy: 'Nothing a client can mend: the operator has to look at what the partner allows this service.',
    message: () => 'The partner system refuses the access token of this service',
  },
  PARTNER_ANSWER_INVALID: {
    kind: 'bad-gateway',
    title: 'The partner’s answer cannot be used',
    remedy: 'Nothing a client can mend: the operator has to look at the partner’s answers.',
    message: (what: string) => `The answer of the partner system cannot be used: ${what}`,
  },
  PARTNER_ANSWER_TOO_LARGE: {
    kind: 'bad-gateway',
    title: 'The partner’s answer is too large',
    remedy: 'Nothing a client can mend: the operator has to look at the partner’s answers.',
    message: () => 'The partner system answered with more than is read',
  },
  PARTNER_CURSOR_UNKNOWN: {
    kind: 'bad-gateway',
    title: 'The partner does not know the place where its changes were left',
    remedy: 'Nothing a client can mend: the changes are read from the beginning.',
    message: () => 'The partner system does not know the cursor it gave',
  },
});
