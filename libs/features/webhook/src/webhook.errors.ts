import { defineErrors, type Fault } from '@platform/errors';

/** Errors of deliveries. */
export const WebhookErrors = defineErrors({
  INVALID_EVENT_ID: {
    kind: 'invalid',
    title: 'The event id is missing or invalid',
    remedy: 'Send `x-event-id` (or `webhook-id`) once, with 1 to 200 visible ASCII characters and no comma.',
    message: (fault: Fault) => fault.detail,
    faults: (fault: Fault) => [fault],
  },
  INVALID_SIGNATURE: {
    kind: 'unauthenticated',
    title: 'The signature is missing or invalid',
    remedy:
      'Sign id, timestamp and body bytes as in Standard Webhooks 1.0, with the current time in `webhook-timestamp`.',
    message: () =>
      'The signature is missing or invalid, or its timestamp differs from the current time by more than five minutes.',
  },
});
