/** The numbers of following the source. */
export const syncPolicy = {
  leaseMs: 6_000, // who has not renewed it for so long is gone, and another goes on
  renewMs: 2_000, // three chances to renew it
  batchDeadlineMs: 10_000, // for a transaction; a server that is silent for longer hangs
  maxRepeats: 5, // of a batch that lost a race
  spread: 0.2, // replicas do not all begin at once
} as const;
