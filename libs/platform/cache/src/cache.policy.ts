/** How long answers are kept and waited for. How long they are fresh is configured (CACHE_TTL_SECONDS). */
export const cachePolicy = {
  ttlJitter: 0.1, // of it, taken off: pages that were made together do not end together
  staleWhileRevalidateSeconds: 600, // with Redis, an answer that is over is shown that long while a new one is made
  staleIfErrorSeconds: 86_400, // and that long while none can be made; what clients are told, and what memory keeps to
  l1Bytes: 64 * 1_024 * 1_024, // some 3,000 pages of 20 products in three codings
  maxCanonicalUrlBytes: 8 * 1_024 * 1_024, // of addresses as they were written, each with its canonical form
  maxFailureBackoffBytes: 2 * 1_024 * 1_024, // of addresses whose pages could not be made just now
  leaseMs: 1_000, // a page that takes longer to make is made by another process as well
  pollMs: 15, // between two looks for the page that another process makes; jittered
  versionCheckMs: 1_000, // by then a change is seen, also where its message was lost
  failureBackoffMs: 1_000, // after a failure that long nobody waits for the page who can be shown an old one
  clockSkewMs: 5_000, // an answer made further in the future than that was made by a clock that is wrong
} as const;
