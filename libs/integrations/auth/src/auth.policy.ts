/** How tokens are asked for and shared. */
export const authPolicy = {
  connectTimeoutMs: 1_000, // a LAN or regional round trip; beyond it the provider is down
  requestTimeoutMs: 3_000, // signing a token takes milliseconds; it is slower than any caller waits
  maxAnswerBytes: 65_536, // a token of 16 KiB four times over
  maxTokenLength: 16_384, // more than servers take in a header
  maxLifeSeconds: 86_400, // who promises more is asked daily
  minLifeSeconds: 1, // less is over before it can be shared

  reserveMs: 30_000, // not used for so long before its end, or a tenth of its life: clocks and calls under way
  reserveShare: 0.1,
  refreshShare: 0.75, // refreshed ahead from here on, spread over the next tenth of its life
  refreshSpread: 0.1,

  lockMs: 450, // a holder that died delays the others so long; with a poll and a request below half of a caller's 1.5 s
  lockRenewMs: 150, // three chances to renew it
  pollMs: 60, // a waiting replica looks for the other's token so often, give or take half
  patienceMs: 5_000, // then it asks itself; a second token does no harm
  flightTimeoutMs: 10_000, // of all of that
  failingPatienceMs: 300, // after a failure, callers wait no longer to see whether the next request succeeds

  backoff: { baseMs: 500, capMs: 5_000 }, // between requests that failed; found again within five seconds
  refusedForMs: 60_000, // what an operator has to mend is not asked again sooner
  secretCheckMs: 1_000, // a secret that was refused may have been replaced
  replacementPauseMs: 1_000, // between replacements: a partner that refuses every token must not cost one a call
} as const;
