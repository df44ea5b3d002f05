/** Event id from the request headers. Ids are compared byte for byte. */
import { WebhookErrors } from '../webhook.errors';

const NAME = 'x-event-id';
/** Name in Standard Webhooks 1.0. */
const ALIAS = 'webhook-id';

export const MAX_EVENT_ID_LENGTH = 200;

/** Excludes commas, because Node joins repeated headers with a comma. */
const ACCEPTED = /^[!-+\--~]{1,200}$/;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Throws INVALID_EVENT_ID if the id is missing, invalid or ambiguous. `{ 'webhook-id': 'evt-1' }` → `evt-1` */
export function readEventId(headers: Headers): string {
  const given = [headers[NAME], headers[ALIAS]].filter((value) => value !== undefined);
  const [id, other] = given;
  if (typeof id !== 'string' || id === '') throw invalidEventId('missing', `${NAME} is missing`);
  if (other !== undefined && other !== id) throw invalidEventId('conflict', `${NAME} and ${ALIAS} differ`);
  if (ACCEPTED.test(id)) return id;
  if (id.length > MAX_EVENT_ID_LENGTH)
    throw invalidEventId('wrong-length', `${NAME} has ${id.length} characters; the maximum is ${MAX_EVENT_ID_LENGTH}`);
  throw invalidEventId('not-accepted', `${NAME} must be sent once, with visible ASCII characters and no comma`);
}

function invalidEventId(code: string, detail: string) {
  return WebhookErrors.INVALID_EVENT_ID.create({ parameter: NAME, code, detail });
}
