/**
 * Why somebody outside gave no whole answer.
 * not-connected: nothing was sent. reset: the connection was lost before a byte of the answer came, so it may or may
 * not have been done. broken-off: in the middle of the answer. timeout: no whole answer in time. too-large: more than
 * is read.
 */
export type OutboundFailure = 'not-connected' | 'reset' | 'broken-off' | 'timeout' | 'too-large';

/** Says what happened, never to whom or with what: addresses and headers stay out of logs. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly failure: OutboundFailure,
    detail: string,
  ) {
    super(detail);
  }
}

const NOT_CONNECTED =
  /^(UND_ERR_CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** What undici or a socket threw, before the answer's headers came or after. */
export function toOutboundError(error: unknown, hasAnswerBegun: boolean): OutboundError {
  const code = abbreviatedKeyOf(error);
  if (hasAnswerBegun) return new OutboundError('broken-off', `the answer broke off (${code})`);
  if (NOT_CONNECTED.test(code)) return new OutboundError('not-connected', `no connection (${code})`);
  return new OutboundError('reset', `the connection was lost before an answer came (${code})`);
}

function abbreviatedKeyOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? 'unknown' : abbreviatedKeyOf(errors[0]);
}
