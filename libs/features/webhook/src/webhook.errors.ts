import { defineErrors, type Fault } from '@platform/errors';

/** Why a delivery is refused. */
export const WebhookErrors = defineErrors({
  INVALID_EVENT_ID: {
    kind: 'invalid',
    title: 'The event has no id that can be used',
    remedy: 'Send `x-event-id` (or `webhook-id`), once: 1 to 200 visible ASCII characters without a comma.',
    message: (fault: Fault) => fault.detail,
    faults: (fault: Fault) => [fault],
  },
  INVALID_EVENT: {
    kind: 'invalid',
    title: 'The body is not an event that can be applied',
    remedy:
      'Send a JSON object with a text `event`, such as `{"event":"order.updated","id":123}`. `errors` lists what is wrong with it.',
    message: (faults: readonly Fault[]) => faults.map(({ detail }) => detail).join('; '),
    faults: (faults: readonly Fault[]) => faults,
  },
  INVALID_SIGNATURE: {
    kind: 'unauthenticated',
    title: 'The delivery is not signed by a sender we know',
    remedy:
      'Sign as Standard Webhooks 1.0 says: `webhook-timestamp` of now, and `webhook-signature` over id, timestamp and the bytes of the body.',
    message: () => 'The signature is missing or wrong, or its time is more than five minutes from now',
  },
  EVENT_ID_REUSED: {
    kind: 'contradictory',
    title: 'The id of this event belongs to another one',
    remedy: 'Give every event an id of its own, and send it again with the same bytes. The first one stays as it is.',
    message: (eventId: string) => `The id ${eventId} came before, with other bytes`,
  },
  WEBHOOK_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The event cannot be stored now',
    remedy: 'Send it again with the same id after the time in the `Retry-After` header.',
    message: () => 'The event could not be stored; it was not accepted',
  },
});
