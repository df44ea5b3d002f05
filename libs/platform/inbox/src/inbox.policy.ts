/** Limits of the inbox, each with its reason. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const inboxPolicy = {
  acceptDeadlineMs: 900, // senders receive a response within a second
  acceptTryMs: 600, // deadline of one attempt; a commit takes a few milliseconds
  /** If `waiting` deliveries already wait for a batch, a further one gets 503 at once. */
  acceptBatches: { concurrent: 2, itemsPerBatch: 100, waiting: 1_000 },
  acceptTries: 3, // retries after a deadlock or on a connection that died while idle
  acceptBackoff: { baseMs: 10, capMs: 50 },

  dedupCacheSeconds: 3_600, // senders repeat within minutes; the database recognises later duplicates

  maxBatchEvents: 100, // per transaction, which takes some ten milliseconds
  batchIntervalMs: 100, // from a claim of fewer events to the next claim; bounds the cost of small batches
  maxBatches: 2, // in flight; one is committed while the next one is prepared
  maxLookups: 4, // in flight; each event is then applied alone
  maxReclaimed: 4, // reclaimed events in flight; each is applied alone, because it may have killed its worker
  pollMs: 500, // for events of other processes; recovery after lease and poll takes less than two seconds
  leaseMs: 1_200, // a worker that has not renewed its lease for this long counts as dead
  renewMs: 400, // three attempts to renew a lease before it expires
  prepareDeadlineMs: 10 * SECOND, // for the lookups of an event handler
  transactionDeadlineMs: 10 * SECOND, // a server that is silent for longer hangs
  commitTries: 10, // after a deadlock or without a free connection; a few seconds in all
  batchCommitTries: 3, // after a deadlock; then the batch is halved
  commitBackoff: { baseMs: 20, capMs: 500 },
  backoff: { baseMs: SECOND, capMs: 15 * MINUTE }, // 25 attempts take two hours on average
  maxReasonLength: 500, // stored characters of an error message

  purgeEveryMs: 10 * MINUTE,
  purgeRows: 500, // per transaction, which holds its locks for about 10 ms
  payloadKeptMs: 7 * DAY, // payloads contain personal data
  idKeptMs: 35 * DAY, // senders repeat for up to 76 hours; a month of margin for mistakes
} as const;
