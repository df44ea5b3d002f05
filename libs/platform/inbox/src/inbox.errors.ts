import { defineErrors, type Fault } from '@platform/errors';

/** Errors of events that are not stored. */
export const InboxErrors = defineErrors({
  INVALID_EVENT: {
    kind: 'invalid',
    title: 'The event is invalid',
    remedy:
      'Send a JSON object with the string `event`, such as `{"event":"order.updated","id":123}`. `errors` lists the faults.',
    message: (faults: readonly Fault[]) => faults.map(({ detail }) => detail).join('; '),
    faults: (faults: readonly Fault[]) => faults,
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
