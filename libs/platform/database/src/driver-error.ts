/** What a failed statement means, by the codes of mysql2 and of the server. */
import {
  ConnectionHungError,
  DatabaseUnavailableError,
  NoConnectionError,
  DatabaseNotOpenError,
} from './connection-errors';

/**
 * ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, and ER_CHECKREAD of MariaDB 11.6: the transaction was ended by another one
 * and may be tried again.
 */
const LOCK_CONFLICT = new Set<unknown>([1205, 1213, 1020]);

/** ER_DUP_ENTRY. */
const DUPLICATE_ENTRY = 1062;
const SQLITE_DUPLICATE = new Set<unknown>(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL; not ER_QUERY_INTERRUPTED, which is somebody's KILL. */
const STATEMENT_TIMEOUT = new Set<unknown>([1969, 3024]);

/** mysql2 has no code for these. */
const QUEUE_FULL = 'Queue limit reached.';
const CONNECTION_CLOSED = "Can't add new command when connection is in closed state";

const CONNECTION_LOST = new Set<unknown>([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
]);

/** Those that mysql2 has no code for, or whose code says something else. */
const SERVER_WITHDREW = new Set<unknown>([
  1927, // ER_CONNECTION_KILLED of MariaDB
  4031, // ER_CLIENT_INTERACTION_TIMEOUT of MySQL, for a connection that was silent for too long
  1290, // ER_OPTION_PREVENTS_STATEMENT: a primary that has become a replica is read-only
  1836, // ER_READ_ONLY_MODE
  1047, // a Galera node that is not part of the cluster
  1180, // ER_ERROR_DURING_COMMIT
]);

/** Said on this side of the wire. */
const OURS = [ConnectionHungError, NoConnectionError, DatabaseNotOpenError];

export function isLockConflict(error: unknown): boolean {
  return hasProperties(error) && LOCK_CONFLICT.has(error['errno']);
}

/** A row with this key is there already, committed or by this transaction. */
export function isDuplicateEntry(error: unknown): boolean {
  if (!hasProperties(error)) return false;
  return error['errno'] === DUPLICATE_ENTRY || SQLITE_DUPLICATE.has(error['code']);
}

/** Another transaction was faster, for a lock or for a row that was to be new; what was rolled back may be made again. */
export function isWriteConflict(error: unknown): boolean {
  return isLockConflict(error) || isDuplicateEntry(error);
}

/** Another process is writing into the file. */
export function isSqliteBusy(error: unknown): boolean {
  return hasProperties(error) && String(error['code']).startsWith('SQLITE_BUSY');
}

/** The server is away, going away or full; whether the statement was carried out is not known. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DatabaseNotOpenError || error instanceof DatabaseUnavailableError) return true;
  if (!hasProperties(error)) return false;
  const { code, errno, message } = error;
  return CONNECTION_LOST.has(code) || SERVER_WITHDREW.has(errno) || message === CONNECTION_CLOSED;
}

/** What the driver, the server or SQLite failed with, as against what is wrong in the program. */
export function isDatabaseError(error: unknown): boolean {
  if (OURS.some((kind) => error instanceof kind)) return true;
  if (!hasProperties(error)) return false;
  const { code, message } = error;
  const isOfDriver = typeof code === 'string' && !code.startsWith('ERR_'); // those are Node's own complaints
  return isOfDriver || message === QUEUE_FULL || message === CONNECTION_CLOSED;
}

/** The statement took longer than it may, by the server's clock, or by ours where the server was silent. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof ConnectionHungError || (hasProperties(error) && STATEMENT_TIMEOUT.has(error['errno']));
}

/** More is asked for than there are connections for; nothing was sent to the server. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof NoConnectionError || (hasProperties(error) && error['message'] === QUEUE_FULL);
}

/** The statement names an index that is not there: ER_KEY_DOES_NOT_EXIST, or SQLite's own words. */
export function isMissingIndex(error: unknown): boolean {
  return hasProperties(error) && (error['errno'] === 1176 || String(error['message']).includes('no such index'));
}

function hasProperties(error: unknown): error is Record<string, unknown> {
  return typeof error === 'object' && error !== null;
}
