import { defineErrors } from '@platform/errors';

export const MetricsErrors = defineErrors({
  METRICS_TOKEN_REQUIRED: {
    kind: 'unauthenticated',
    title: 'Metrics are not for everybody here',
    remedy: 'Send the token that the operator configured: `Authorization: Bearer …`.',
    message: () => 'The bearer token is missing or is another one',
  },
});
