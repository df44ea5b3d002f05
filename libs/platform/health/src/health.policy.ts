/** How the database is looked after, so that no probe has to ask it. */
export const healthPolicy = {
  checkEveryMs: 1_000, // two failures make it known before a probe of ten seconds has come round
  checkLimitMs: 1_000, // for SELECT 1
  failuresUntilDown: 2, // one lost connection is no lost database
} as const;
