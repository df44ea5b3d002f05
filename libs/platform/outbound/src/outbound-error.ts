/**
 * Reason for a missing or incomplete response. not-connected: nothing was sent. reset: the connection was lost before
 * the response began, so the request may have been processed. truncated: the connection was lost during the response.
 * timeout: no complete response in time. too-large: the body exceeds the limit.
 */
export type OutboundFailure = 'not-connected' | 'reset' | 'truncated' | 'timeout' | 'too-large';

/** Failed outbound request. The message contains no URL and no header, so none of them reaches the logs. */
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

/** Converts an error of undici or a socket: ECONNREFUSED → `not-connected`, ECONNRESET → `reset` or `truncated`. */
export function toOutboundError(error: unknown, hasResponseBegun: boolean): OutboundError {
  const code = errorCodeOf(error);
  if (hasResponseBegun) return new OutboundError('truncated', `the connection was lost during the response (${code})`);
  if (NOT_CONNECTED.test(code)) return new OutboundError('not-connected', `no connection (${code})`);
  return new OutboundError('reset', `the connection was lost before the response (${code})`);
}

function errorCodeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? 'unknown' : errorCodeOf(errors[0]);
}
