import { isConnectionLost, isLockConflict, isSqliteBusy, isStatementTimeout } from '@platform/database';

/** Failures after which a retry may succeed. */
export function isTransient(error: unknown): boolean {
  return isLockConflict(error) || isConnectionLost(error) || isStatementTimeout(error) || isSqliteBusy(error);
}
