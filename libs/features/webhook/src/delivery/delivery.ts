/** Incoming events. */
import { createHash } from 'node:crypto';
import { readEnvelope, type Envelope } from './event-envelope';

/** Authenticated delivery with its raw body. */
export interface Delivery {
  readonly eventId: string;
  readonly requestId: string;
  readonly body: Buffer;
}

/** Event to be stored. */
export interface NewEvent extends Envelope {
  readonly eventId: string;
  readonly requestId: string;
  /** Hexadecimal digest of the raw body. */
  readonly bodySha256: string;
}

/** Throws INVALID_EVENT. */
export function toNewEvent({ eventId, requestId, body }: Delivery): NewEvent {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  return { ...readEnvelope(body), eventId, requestId, bodySha256 };
}
