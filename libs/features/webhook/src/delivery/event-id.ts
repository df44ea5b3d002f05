/** The id of an event, as its sender gives it in a header. Compared byte for byte ever after. */
import { WebhookErrors } from '../webhook.errors';

const NAME = 'x-event-id';
/** The name that Standard Webhooks 1.0 gives it. */
const ALIAS = 'webhook-id';

export const MAX_EVENT_ID_LENGTH = 200;

/** A header that comes twice has a comma when Node hands it on, which is why no id may have one. */
const ACCEPTED = /^[!-+\--~]{1,200}$/;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Throws INVALID_EVENT_ID. */
export function readEventId(headers: Headers): string {
  const given = [headers[NAME], headers[ALIAS]].filter((value) => value !== undefined);
  const [id, other] = given;
  if (typeof id !== 'string' || id === '') throw refuse('missing', `${NAME} is missing`);
  if (other !== undefined && other !== id) throw refuse('conflict', `${NAME} and ${ALIAS} differ`);
  if (ACCEPTED.test(id)) return id;
  if (id.length > MAX_EVENT_ID_LENGTH)
    throw refuse('wrong-length', `${NAME} has ${id.length} characters, at most ${MAX_EVENT_ID_LENGTH} are accepted`);
  throw refuse('not-accepted', `${NAME} must be visible ASCII characters without a comma, and be sent once`);
}

function refuse(code: string, detail: string) {
  return WebhookErrors.INVALID_EVENT_ID.create({ parameter: NAME, code, detail });
}
