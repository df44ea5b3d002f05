/** How replicas are followed. */
export const replicationPolicy = {
  followEveryMs: 1_000, // so old is the data of one that keeps up taken to be, at most
  waitMs: 500, // for what was committed just now to arrive; beyond that a replica lags, and is asked again
  limitMs: 1_500, // of that question, which waits on the server
  positionDeadlineMs: 1_000, // for the primary to say how far it is
} as const;
