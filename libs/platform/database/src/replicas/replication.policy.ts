/** How replicas are followed. */
export const replicationPolicy = {
  followEveryMs: 1_000, // so often one that keeps up is asked
  waitMs: 500, // for what was committed just now to arrive; beyond that a replica lags, and is asked again
  limitMs: 1_500, // of that question, which waits on the server
  positionDeadlineMs: 1_000, // for the primary to say how far it is
  awayMs: 3_600_000, // so long a replica is read while nobody here can ask the primary; then it has to be mended
} as const;
