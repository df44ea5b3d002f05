import { defineErrors } from '@platform/errors';

export const MetricsErrors = defineErrors({
  METRICS_TOKEN_REQUIRED: {
    kind: 'unauthenticated',
    title: 'Metrics require a bearer token',
    remedy: 'Send the configured token: `Authorization: Bearer …`.',
    message: () => 'The bearer token is missing or invalid.',
  },
});
