import { defineErrors } from '@platform/errors';

/** Why there is no token to ask the partner with. */
export const AuthErrors = defineErrors({
  TOKEN_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The partner’s authorization server cannot be reached',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'No access token for the partner can be had at the moment',
  },
  TOKEN_REFUSED: {
    kind: 'unavailable',
    title: 'The partner’s authorization server refuses us',
    remedy: 'Nothing a client can mend: the operator has to look at OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET.',
    message: () => 'The authorization server of the partner does not give us an access token',
  },
});
