/** Bounds that all reads share; each read has its own time limit. */

/** Maximum time to connect and complete the handshake when the database is opened, in ms; a later attempt follows. */
export const OPEN_DEADLINE_MS = 5_000;

/** Maximum wait for a data source to close, in ms; a server that hangs is abandoned. */
export const CLOSE_DEADLINE_MS = 500;

/** Maximum wait for a connection, in ms. Clients expect a response within a second, so a longer wait is useless. */
export const ACQUIRE_DEADLINE_MS = 1_000;

/** Reads that ten connections serve within the acquire deadline at 50 ms each; further reads would time out. */
export const MAX_WAITING_READS = 200;

/** Limit of the mysql2 queue, in which writes wait too; it exceeds the limit for reads, so reads are rejected first. */
export const POOL_QUEUE_LIMIT = 5 * MAX_WAITING_READS;

/**
 * Grace period after the time limit that the server enforces: a network round trip plus the interval of its clock
 * checks. A server that has not responded by then hangs.
 */
export const HANG_GRACE_MS = 500;

/** Interval at which consecutive SQLite statements yield to the event loop, in ms. */
export const SQLITE_YIELD_AFTER_MS = 10;
