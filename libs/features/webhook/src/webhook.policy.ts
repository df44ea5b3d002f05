/** The numbers of the inbox, each with its reason. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const webhookPolicy = {
  maxBodyBytes: 256 * 1_024, // the contract
  bodyDeadlineMs: 10 * SECOND, // for a quarter of a megabyte over a slow line
  signatureToleranceSeconds: 300, // Standard Webhooks 1.0: clocks differ, recordings are not replayed later

  acceptDeadlineMs: 900, // a sender hears within a second
  acceptTryMs: 600, // of it, for one try; a commit takes some milliseconds
  acceptTries: 3, // a deadlock or a connection that died while idle
  acceptBackoff: { baseMs: 10, capMs: 50 },

  dedupCacheSeconds: 3_600, // how long Redis knows duplicates; senders repeat within minutes, later the database answers

  concurrency: 4, // attempts at once; each holds a connection while it writes
  pollMs: 500, // of what no accept of this process has rung for; with the lease below two seconds
  leaseMs: 1_200, // who has not renewed it for so long is gone, and others go on
  renewMs: 400, // three chances to renew a lease
  prepareDeadlineMs: 10 * SECOND, // to ask others what an event is about
  transactionDeadlineMs: 10 * SECOND, // for a transaction; a server that is silent for longer hangs
  commitTries: 10, // of an effect that lost a deadlock or finds no connection: some seconds
  commitBackoff: { baseMs: 20, capMs: 500 },
  backoff: { baseMs: SECOND, capMs: 15 * MINUTE }, // 25 attempts take two hours on average
  maxReasonLength: 500, // characters of an error that are kept

  purgeEveryMs: 10 * MINUTE,
  purgeRows: 500, // a transaction; holds its locks for some ten milliseconds
  payloadKeptMs: 7 * DAY, // what is in it concerns people
  idKeptMs: 35 * DAY, // senders repeat for up to 76 hours; a month for mistakes
} as const;
