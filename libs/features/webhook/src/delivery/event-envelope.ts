/** What has to be right about an event for it to be accepted; the rest is looked at when it is applied. */
import { WebhookErrors } from '../webhook.errors';
import { parsePlainJson } from './plain-json';

export const MAX_TYPE_LENGTH = 100;

export interface Envelope {
  /** What has happened, such as `order.updated`. */
  readonly type: string;
  /** All that was sent, as text and as JSON. */
  readonly payload: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Throws INVALID_EVENT. */
export function readEnvelope(body: Buffer): Envelope {
  const json = parsePlainJson(body);
  if ('refusal' in json) throw refuse('', 'malformed', json.refusal);
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse('', 'not-an-object', 'The body must be a JSON object');
  const type = (value as { event?: unknown }).event ?? undefined;
  if (type === undefined) throw refuse('/event', 'missing', 'event is missing');
  if (typeof type !== 'string') throw refuse('/event', 'not-a-text', 'event must be a text');
  if (type.length === 0 || type.length > MAX_TYPE_LENGTH)
    throw refuse('/event', 'wrong-length', `event must have 1 to ${MAX_TYPE_LENGTH} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(type))
    throw refuse('/event', 'control-character', 'event has characters that are no text');
  return { type, payload: json.text, content: value as Envelope['content'] };
}

function refuse(pointer: string, code: string, detail: string) {
  return WebhookErrors.INVALID_EVENT.create([{ pointer, code, detail }]);
}
