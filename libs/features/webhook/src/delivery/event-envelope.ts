/** Members that every event must have. The handler validates the others when it applies the event. */
import { InboxErrors, type NewEvent } from '@platform/inbox';
import { parsePlainJson } from './plain-json';

export const MAX_TYPE_LENGTH = 100;

export type Envelope = Pick<NewEvent, 'type' | 'payload' | 'content'>;

/** Reads the body of a delivery. Throws INVALID_EVENT. `{"event":"a"}` → `{ type: 'a', … }` */
export function readEnvelope(body: Buffer): Envelope {
  const json = parsePlainJson(body);
  if ('fault' in json) throw invalidEvent('', 'malformed', json.fault);
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidEvent('', 'not-an-object', 'The body must be a JSON object');
  const type = (value as { event?: unknown }).event ?? undefined;
  if (type === undefined) throw invalidEvent('/event', 'missing', 'event is missing');
  if (typeof type !== 'string') throw invalidEvent('/event', 'not-a-text', 'event must be a string');
  if (type.length === 0 || type.length > MAX_TYPE_LENGTH)
    throw invalidEvent('/event', 'wrong-length', `event must have 1 to ${MAX_TYPE_LENGTH} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(type))
    throw invalidEvent('/event', 'control-character', 'event must not contain control characters or lone surrogates');
  return { type, payload: json.text, content: value as Envelope['content'] };
}

function invalidEvent(pointer: string, code: string, detail: string) {
  return InboxErrors.INVALID_EVENT.create([{ pointer, code, detail }]);
}
