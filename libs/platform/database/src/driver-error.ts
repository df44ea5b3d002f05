/** What a failed statement means, by the codes of mysql2 and of the server. */
import { ReadHungError, ReadRefusedError } from './read-errors';

/** ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK: the transaction was ended by another one and may be tried again. */
const LOST_LOCK = new Set<unknown>([1205, 1213]);

/** ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL; not ER_QUERY_INTERRUPTED, which is somebody's KILL. */
const STATEMENT_TIMEOUT = new Set<unknown>([1969, 3024]);

/** mysql2 has no code for these. */
const QUEUE_FULL = 'Queue limit reached.';
const CONNECTION_CLOSED = "Can't add new command when connection is in closed state";

const CONNECTION_LOST = new Set<unknown>([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
]);

export function isLostLock(error: unknown): boolean {
  return hasProperties(error) && LOST_LOCK.has(error['errno']);
}

/** The server is away, going away or full; whether the statement was carried out is not known. */
export function isConnectionLost(error: unknown): boolean {
  return hasProperties(error) && (CONNECTION_LOST.has(error['code']) || error['message'] === CONNECTION_CLOSED);
}

/** The statement took longer than it may, by the server's clock, or by ours where the server was silent. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof ReadHungError || (hasProperties(error) && STATEMENT_TIMEOUT.has(error['errno']));
}

/** More is asked for than there are connections for; nothing was sent to the server. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof ReadRefusedError || (hasProperties(error) && error['message'] === QUEUE_FULL);
}

/** The statement names an index that is not there: ER_KEY_DOES_NOT_EXIST, or SQLite's own words. */
export function isMissingIndex(error: unknown): boolean {
  return hasProperties(error) && (error['errno'] === 1176 || String(error['message']).includes('no such index'));
}

function hasProperties(error: unknown): error is Record<string, unknown> {
  return typeof error === 'object' && error !== null;
}
