/** Limits of the response cache. The TTL of responses is configured (CACHE_TTL_SECONDS). */
export const cachePolicy = {
  ttlJitter: 0.1, // share of the TTL that is subtracted at random: pages loaded together do not expire together
  staleWhileRevalidateSeconds: 600, // time after the TTL in which a response is served during a reload; requires Redis
  staleIfErrorSeconds: 86_400, // time after the TTL in which it is served if the reload fails; for clients and L1
  l1Bytes: 64 * 1_024 * 1_024, // about 3,000 pages of 20 products in three codings
  maxCanonicalUrlBytes: 8 * 1_024 * 1_024, // of URLs as clients write them, each with its canonical URL
  maxFailureBackoffBytes: 2 * 1_024 * 1_024, // of URLs whose load has just failed
  leaseMs: 1_000, // a page that takes longer is loaded by another process as well
  pollMs: 15, // between two lookups of a page that another process loads; jittered
  failureBackoffMs: 1_000, // time after a failed load in which requests get an old page without waiting
  clockSkewMs: 5_000, // a response from further in the future was loaded by a wrong clock
} as const;
