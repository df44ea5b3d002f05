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
  INVALID_EVENT: {
    kind: 'invalid',
    title: 'The event is invalid',
    remedy:
      'Send a JSON object with the string `event`, such as `{"event":"order.updated","id":123}`. `errors` lists the faults.',
    message: (faults: readonly Fault[]) => faults.map(({ detail }) => detail).join('; '),
    faults: (faults: readonly Fault[]) => faults,
  },
  INVALID_SIGNATURE: {
    kind: 'unauthenticated',
    title: 'The signature is missing or invalid',
    remedy:
      'Sign id, timestamp and body bytes as in Standard Webhooks 1.0, with the current time in `webhook-timestamp`.',
    message: () =>
      'The signature is missing or invalid, or its timestamp differs from the current time by more than five minutes.',
  },
  EVENT_ID_REUSED: {
    kind: 'contradictory',
    title: 'The event id belongs to another event',
    remedy: 'Use a unique id for each event, and repeat a delivery with the same bytes. The first event is unchanged.',
    message: (eventId: string) => `The event id ${eventId} was used before with a different body.`,
  },
  WEBHOOK_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The event cannot be stored',
    remedy: 'Send the event again with the same id after the time in the `Retry-After` header.',
    message: () => 'The database did not confirm that the event was stored.',
  },
});
