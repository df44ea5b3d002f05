/** Why a read was ended or refused on this side of the wire; `driver-error.ts` tells them from other errors. */

/** The server was silent beyond the statement's time limit; its connection is closed. */
export class ReadHungError extends Error {
  override readonly name = 'ReadHungError';

  constructor(readonly deadlineMs: number) {
    super(`the database did not answer within ${deadlineMs} ms`);
  }
}

/** There is no connection for one more read; nothing was sent to the server. */
export class ReadRefusedError extends Error {
  override readonly name = 'ReadRefusedError';
}
