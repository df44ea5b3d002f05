/** Incoming events. */
import { createHash } from 'node:crypto';
import type { NewEvent } from '@platform/inbox';
import { readEnvelope } from './event-envelope';

/** Authenticated delivery with its raw body. */
export interface Delivery {
  readonly eventId: string;
  readonly requestId: string;
  readonly body: Buffer;
}

/** Throws INVALID_EVENT. */
export function toNewEvent({ eventId, requestId, body }: Delivery): NewEvent {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  return { ...readEnvelope(body), eventId, requestId, bodySha256 };
}
