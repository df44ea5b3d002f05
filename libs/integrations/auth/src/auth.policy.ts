/** Limits for requesting and sharing tokens, each with its reason. */
export const authPolicy = {
  connectTimeoutMs: 1_000, // a LAN or regional round trip; beyond it the authorization server is down
  requestTimeoutMs: 3_000, // signing a token takes milliseconds; callers wait less than this
  maxResponseBytes: 65_536, // four times the longest token
  maxTokenLength: 16_384, // 16 KiB; more than servers accept in a header
  maxLifeSeconds: 86_400, // tokens with a longer lifetime are requested daily
  minLifeSeconds: 1, // a shorter lifetime ends before the token can be shared

  reserveMs: 30_000, // unused end of the lifetime, at most a tenth of it: clock skew and calls in progress
  reserveShare: 0.1,
  refreshShare: 0.75, // share of the lifetime after which refresh ahead starts, spread over the next tenth
  refreshSpread: 0.1,

  leaseMs: 450, // how long a dead holder blocks others; lease, poll and request take less than half of a caller's 1.5 s
  leaseCommands: 3, // a lease is at least this many timeouts of a Redis command long, so that a slow renewal is in time
  leaseRenewMs: 150, // three attempts to renew the lease before it expires
  pollMs: 60, // interval at which a waiting replica polls for the shared token, ± 50 % jitter
  leaseWaitMs: 5_000, // longest wait for the lease, then a request without it; a second token does no harm
  acquireTimeoutMs: 10_000, // deadline for the lease, the request and sharing together
  failingWaitMs: 300, // after a failure, callers wait at most this long for the running request

  backoff: { baseMs: 500, capMs: 5_000 }, // between failed requests; recovery is noticed within five seconds
  refusalPauseMs: 60_000, // pause after a refusal, which only an operator can fix
  secretCheckMs: 1_000, // minimum interval between reads of the secret file, which may have been replaced
  replacementPauseMs: 1_000, // between replacements: so that a partner that rejects every token does not cause a token request per call
} as const;
