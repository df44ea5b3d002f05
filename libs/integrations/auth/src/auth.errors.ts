import { defineErrors } from '@platform/errors';

/** Reasons why no access token for the partner is available. */
export const AuthErrors = defineErrors({
  TOKEN_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The partner’s authorization server is unavailable',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'No access token for the partner is available.',
  },
  TOKEN_REFUSED: {
    kind: 'unavailable',
    title: 'The partner’s authorization server rejects this service',
    remedy: 'Ask the operator to check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET; clients cannot fix this.',
    message: () => 'The partner’s authorization server rejected the token request.',
  },
});
