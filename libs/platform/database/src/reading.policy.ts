/** The bounds of every read that are the same for all of them; a read brings its own time limit. */

/** To connect and be greeted, when the database is opened. A server that takes longer is asked again later. */
export const OPEN_DEADLINE_MS = 5_000;

/** For a connection that was opened for one purpose; a server that hangs is left to itself. */
export const CLOSE_DEADLINE_MS = 500;

/** Answers are expected within a second; who has waited that long for a connection would be answered too late. */
export const ACQUIRE_DEADLINE_MS = 1_000;

/** What ten connections serve within the acquire deadline at 50 ms a read; further reads would wait in vain. */
export const MAX_WAITING_READS = 200;

/** Of mysql2's own queue, which writes wait in as well: reads are refused first. */
export const POOL_QUEUE_LIMIT = 5 * MAX_WAITING_READS;

/**
 * What a server has, beyond the time limit it keeps itself, to say that the limit is over: a network round trip and
 * the moments between two looks at the clock. One that is silent then, hangs.
 */
export const HANG_GRACE_MS = 500;

/** Statements on SQLite that follow each other leave a turn of the event loop to others this often. */
export const SQLITE_YIELD_AFTER_MS = 10;
