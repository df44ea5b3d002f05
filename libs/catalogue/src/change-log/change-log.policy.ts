/** Limits of the change log, each with its reason. */
const DAY_MS = 86_400_000;

export const changeLogPolicy = {
  pollMs: 500, // for changes of other processes whose message was lost, or without Redis: visible within a second
  maxAgeMs: 1_000, // if the last read of the log is older, cached responses are not served as hits
  readDeadlineMs: 1_000,
  maxChangesPerRead: 5_000, // a process that is further behind outdates all responses instead
  batchRows: 1_000, // changes that receive one position together; their transaction takes a few milliseconds
  positionDeadlineMs: 5_000,
  positionRetries: 4, // after a write conflict with another process, as between the nodes of a Galera cluster
  /**
   * Positions increase by a random step, so that two histories of the catalogue, one of which a failover or a restored
   * backup has lost, hardly ever reach the same position. 100 batches per second fill 2^53 in 87 years.
   */
  maxPositionStep: 2 ** 16,
  trimEveryMs: 60_000,
  trimRows: 1_000, // per transaction
  trimDeadlineMs: 10_000,
  keptMs: 7 * DAY_MS,
  maxRows: 5_000_000, // about 1.5 GB; at 100 changes per second the last 14 hours
};
