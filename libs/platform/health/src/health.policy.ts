/** Checks of the database in the background; probes return their last result. */
export const healthPolicy = {
  checkEveryMs: 1_000, // two failures are detected within the ten seconds between two probes
  checkLimitMs: 1_000, // for SELECT 1
  failuresUntilDown: 2, // a single lost connection is tolerated
} as const;
