/** Times and limits of the partner sync. */
export const syncPolicy = {
  leaseMs: 6_000, // another process takes over after this time without a renewal
  renewMs: 2_000, // three attempts per lease
  batchDeadlineMs: 10_000, // of a transaction; a server that takes longer counts as hung
  maxRetries: 5, // of a transaction after a write conflict
  jitter: 0.2, // width, as a share of the interval, so that replicas do not start together
} as const;
