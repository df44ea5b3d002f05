/** Errors that this process raises itself, without the server; `driver-error.ts` classifies them. */

/** The server missed the deadline. The connection is closed; the statement may have been executed. */
export class ConnectionHungError extends Error {
  override readonly name = 'ConnectionHungError';

  constructor(readonly deadlineMs: number) {
    super(`the database did not respond within ${deadlineMs} ms`);
  }
}

/** No connection is free; nothing was sent to the server. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}

/** The database could not be opened. Opening it may be retried. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    const { message, code } = cause as { message?: string; code?: string };
    super([message, code].find((text) => text !== undefined && text !== '') ?? 'the database is unreachable', {
      cause,
    });
  }
}

/** The database is not open yet; nothing was sent to it. */
export class DatabaseNotOpenError extends Error {
  override readonly name = 'DatabaseNotOpenError';

  constructor() {
    super('the database is not open yet');
  }
}

/** Throws DatabaseNotOpenError if the data source is not initialised. */
export function assertOpen({ isInitialized }: { readonly isInitialized: boolean }): void {
  if (!isInitialized) throw new DatabaseNotOpenError();
}
