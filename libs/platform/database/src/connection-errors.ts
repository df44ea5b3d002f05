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

/** It could not be opened yet, and whoever opens it tries again. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    const { message, code } = cause as { message?: string; code?: string };
    super([message, code].find((text) => text !== undefined && text !== '') ?? 'it cannot be reached', { cause });
  }
}

/** It has not been opened yet; nothing was sent to it. */
export class DatabaseNotOpenError extends Error {
  override readonly name = 'DatabaseNotOpenError';

  constructor() {
    super('the database has not been reached yet');
  }
}

/** Throws DatabaseNotOpenError. */
export function assertOpen({ isInitialized }: { readonly isInitialized: boolean }): void {
  if (!isInitialized) throw new DatabaseNotOpenError();
}
