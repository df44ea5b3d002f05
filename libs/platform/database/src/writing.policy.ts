/** Bounds of WriteDatabase and of bulk statements. */

/** Minimum pool size: half for background work and the change log, half for requests that write. */
export const MIN_WRITERS = 8;

/** Share of the connections that background work uses: 4 of 10 commit two batches of events and claim the next one. */
export const BACKGROUND_SHARE = 0.4;

export const MIN_BACKGROUND_WRITERS = 3;

/** Maximum wait for a connection, in ms; after it the response would be too late. */
export const ACQUIRE_WRITER_DEADLINE_MS = 300;

/** Roughly the number of writes that ten connections commit within that time at 10 ms each. */
export const MAX_WAITING_WRITES = 400;

/**
 * Maximum time that a paused process holds its locks: the server closes the idle connection and rolls back. Between two
 * statements of a transaction a running process waits only for its own CPU.
 */
export const WAIT_TIMEOUT_SECONDS = 5;

/** The pool closes idle connections before the server does. */
export const IDLE_CONNECTION_MS = 3_000;

/** Maximum wait for a row lock; a retry follows. The default of MySQL is 50. */
export const LOCK_WAIT_SECONDS = 3;

/** Maximum wait inside SQLite for the transaction of another process, in ms; the wait blocks this process. */
export const SQLITE_BUSY_WAIT_MS = 20;

/** Delay before the next attempt while another process is writing, in ms. */
export const SQLITE_BUSY_PAUSE_MS = 10;

/** Larger statements are not faster. */
export const MAX_STATEMENT_ROWS = 1_000;

/** Below the limit of SQLite, 32,766 placeholders. */
export const MAX_STATEMENT_VALUES = 30_000;

/**
 * Size of the values before escaping, which at most doubles it. The whole statement stays well below
 * max_allowed_packet, whose smallest default among the supported servers is 1 MiB.
 */
export const MAX_STATEMENT_BYTES = 256 * 1_024;
