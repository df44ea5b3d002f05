/** Intervals and limits of replica checks. */
export const replicationPolicy = {
  checkIntervalMs: 1_000, // interval between checks of a replica that keeps up
  waitMs: 500, // wait for the latest position; a replica that takes longer lags and is checked again at once
  limitMs: 1_500, // time limit of that statement, which waits on the server
  positionDeadlineMs: 1_000, // deadline for reading the position of the primary
  primaryOutageMs: 3_600_000, // maximum time to read a replica while the primary is unavailable
} as const;
