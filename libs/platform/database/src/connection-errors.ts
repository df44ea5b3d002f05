/** Why work on a connection was ended or refused on this side of the wire; `driver-error.ts` tells them from others. */

/** The server was silent beyond the deadline; the connection is closed. Whether the statement was carried out is not known. */
export class ConnectionHungError extends Error {
  override readonly name = 'ConnectionHungError';

  constructor(readonly deadlineMs: number) {
    super(`the database did not answer within ${deadlineMs} ms`);
  }
}

/** There is no connection for one more; nothing was sent to the server. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}
