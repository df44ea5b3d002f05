/** Classifies failed statements by the error codes of mysql2, the server and SQLite. */
import {
  ConnectionHungError,
  DatabaseUnavailableError,
  NoConnectionError,
  DatabaseNotOpenError,
} from './connection-errors';

/** ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, and ER_CHECKREAD of MariaDB 11.6. The transaction may be retried. */
const LOCK_CONFLICT = new Set<unknown>([1205, 1213, 1020]);

/** ER_DUP_ENTRY. */
const DUPLICATE_ENTRY = 1062;
const SQLITE_DUPLICATE = new Set<unknown>(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL; not ER_QUERY_INTERRUPTED, which results from KILL. */
const STATEMENT_TIMEOUT = new Set<unknown>([1969, 3024]);

/** Messages of mysql2 for errors without a code. */
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

/** The server is unavailable, although mysql2 has no code for the error or one with another meaning. */
const SERVER_UNAVAILABLE = new Set<unknown>([
  1927, // ER_CONNECTION_KILLED of MariaDB
  4031, // ER_CLIENT_INTERACTION_TIMEOUT of MySQL: the connection was idle for too long
  1290, // ER_OPTION_PREVENTS_STATEMENT: after a failover the former primary is read-only
  1836, // ER_READ_ONLY_MODE
  1047, // a Galera node that is not part of the cluster
  1180, // ER_ERROR_DURING_COMMIT
]);

/** Raised by this process, not by the driver. */
const LOCAL_ERRORS = [ConnectionHungError, NoConnectionError, DatabaseNotOpenError];

export function isLockConflict(error: unknown): boolean {
  return isObject(error) && LOCK_CONFLICT.has(error['errno']);
}

/** A row with this key already exists, committed or inserted by this transaction. */
export function isDuplicateEntry(error: unknown): boolean {
  if (!isObject(error)) return false;
  return error['errno'] === DUPLICATE_ENTRY || SQLITE_DUPLICATE.has(error['code']);
}

/** A lock conflict, or another transaction has inserted the row first. The rolled-back transaction may be retried. */
export function isWriteConflict(error: unknown): boolean {
  return isLockConflict(error) || isDuplicateEntry(error);
}

/** Another process is writing to the file. */
export function isSqliteBusy(error: unknown): boolean {
  return isObject(error) && String(error['code']).startsWith('SQLITE_BUSY');
}

/** The server is unavailable, shutting down or out of connections. The statement may have been executed. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DatabaseNotOpenError || error instanceof DatabaseUnavailableError) return true;
  if (!isObject(error)) return false;
  const { code, errno, message } = error;
  return CONNECTION_LOST.has(code) || SERVER_UNAVAILABLE.has(errno) || message === CONNECTION_CLOSED;
}

/** An error of the driver, the server or SQLite, as opposed to a bug in the program. */
export function isDatabaseError(error: unknown): boolean {
  if (LOCAL_ERRORS.some((kind) => error instanceof kind)) return true;
  if (!isObject(error)) return false;
  const { code, message } = error;
  const isDriverError = typeof code === 'string' && !code.startsWith('ERR_'); // ERR_ codes are those of Node.js
  return isDriverError || message === QUEUE_FULL || message === CONNECTION_CLOSED;
}

/** The statement exceeded its time limit: on the server, or in this process if the server did not respond. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof ConnectionHungError || (isObject(error) && STATEMENT_TIMEOUT.has(error['errno']));
}

/** No connection was free; nothing was sent to the server. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof NoConnectionError || (isObject(error) && error['message'] === QUEUE_FULL);
}

/** The statement names an index that does not exist: ER_KEY_DOES_NOT_EXIST, or the message of SQLite. */
export function isMissingIndex(error: unknown): boolean {
  return isObject(error) && (error['errno'] === 1176 || String(error['message']).includes('no such index'));
}

function isObject(error: unknown): error is Record<string, unknown> {
  return typeof error === 'object' && error !== null;
}
