/** An event on its way in. */
import { createHash } from 'node:crypto';
import { readEnvelope, type Envelope } from './event-envelope';

/** What came over the wire, from a sender who may send it. */
export interface Delivery {
  readonly eventId: string;
  readonly requestId: string;
  readonly body: Buffer;
}

/** What is stored of it. */
export interface NewEvent extends Envelope {
  readonly eventId: string;
  readonly requestId: string;
  /** Of the bytes of the body, in hexadecimal digits: equal only where each byte is. */
  readonly bodySha256: string;
}

/** Throws INVALID_EVENT. */
export function toNewEvent({ eventId, requestId, body }: Delivery): NewEvent {
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  return { ...readEnvelope(body), eventId, requestId, bodySha256 };
}
