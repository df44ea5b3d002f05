/** What a failed statement means, by the codes of mysql2 and of the server. */

/** ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK: the transaction was ended by another one and may be tried again. */
const LOST_LOCK = new Set<unknown>([1205, 1213]);

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
  return hasProperties(error) && CONNECTION_LOST.has(error['code']);
}

function hasProperties(error: unknown): error is Record<string, unknown> {
  return typeof error === 'object' && error !== null;
}
