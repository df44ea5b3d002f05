/** The bounds of what is written beside the reads, on connections of its own. */

/** As many as for reads, and at least these: four lanes of a worker, what it does beside them, and whom it must not keep waiting. */
export const MIN_WRITERS = 8;

/** A write that has waited for a connection as long as this would be answered too late. */
export const ACQUIRE_WRITER_DEADLINE_MS = 300;

/** What ten connections commit within that time at 10 ms each. */
export const MAX_WAITING_WRITES = 400;

/**
 * A process that stands still keeps its locks no longer than this: the server closes a connection that says nothing,
 * and rolls back. Nothing here waits between two statements but for its own processor.
 */
export const SILENT_CONNECTION_SECONDS = 5;

/** Ours are closed before the server does it. */
export const IDLE_CONNECTION_MS = 3_000;

/** A row that is locked for longer is waited for in another attempt; MySQL's default is 50. */
export const LOCK_WAIT_SECONDS = 3;

/** SQLite waits for another process' transaction inside this process, which can do nothing meanwhile. */
export const SQLITE_BUSY_WAIT_MS = 20;

/** Before SQLite is asked again whether the other process has finished. */
export const SQLITE_BUSY_PAUSE_MS = 10;

/** Beyond it a longer statement is not faster. */
export const MAX_STATEMENT_ROWS = 1_000;

/** Below the 32,766 placeholders of SQLite. */
export const MAX_STATEMENT_VALUES = 30_000;

/**
 * Of values, before escaping, which at most doubles them. Together with its SQL the statement stays well below
 * max_allowed_packet, of which 1 MiB is the smallest default of any server in use.
 */
export const MAX_STATEMENT_BYTES = 256 * 1_024;
