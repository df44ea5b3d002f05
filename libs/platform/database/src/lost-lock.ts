/** MySQL's ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK: the transaction was ended by another one and may be tried again. */
const LOST_LOCK = new Set<unknown>([1205, 1213]);

export function isLostLock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errno' in error && LOST_LOCK.has(error.errno);
}
