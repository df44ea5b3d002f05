/** What a client may send and how long it may take. Fastify's own defaults for time are "for ever". */
export const httpPolicy = {
  headersTimeoutMs: 8_000, // for the headers of a request, which are one packet, to arrive
  requestTimeoutMs: 12_000, // for a whole request to arrive
  timeoutsCheckedEveryMs: 2_000, // so that a slow client is cut within 15 s; Node.js looks every 30
  connectionTimeoutMs: 30_000, // of silence on a socket
  keepAliveTimeoutMs: 72_000, // longer than the 60 s that load balancers keep an idle connection
  maxHeaders: 100, // browsers send some twenty; Node.js silently drops those beyond its own bound
  maxHeaderBytes: 16_384, // Node's default, and what proxies in front of it accept
  maxAddressLength: 8_192, // 20 categories, a search in four-byte script and a cursor fit three times over
  maxPathParameterLength: 128,
  maxLoggedUrlLength: 2_048, // four times the longest URL a client of ours composes; a log line stays readable
  maxAcceptLength: 1_024, // browsers send some 150; the parser takes quadratic time for quotes
  maxFaultsListed: 20, // more than there are parameters; a client that has more to mend asks again
  maxFaultsInDetail: 5, // for a person to read; `errors` has the others
  maxNameShown: 64, // of a parameter nobody declared; ours have at most ten characters
  minCompressedBytes: 1_400, // one network packet; below it, compression saves nothing
  brotliQuality: 4, // costs what gzip 6 costs and is some 10 % smaller on product pages
  maxWaitingRequests: 10_000, // pipelined, on all connections: 20 MB; beyond it, the connection that adds one is cut
  maxBodiesAtOnce: 200, // of 256 KiB at most: 50 MiB
  bodyEvictionGraceMs: 250, // a body's first packets follow its headers within a round trip
  bodyRateGraceMs: 2_000, // for a connection to reach its speed, or to recover from a lost packet
  minBodyBytesPerSecond: 1_024, // a tenth of what the slowest mobile networks carry
  bodyRateCheckMs: 500, // a slow body is cut 2.5 s after it began at the latest
  maxPostsAtOnce: 400, // twice the bodies that are read; the last waits for two seconds if storing one takes 5 ms
  postsPerTurn: 4, // 20 ms, if storing one takes 5 ms on the embedded database
  eventLoopLookMs: 500, // how often it is looked at how late the event loop is
  maxEventLoopDelayMs: 500, // on average between two looks; what comes then would be answered too late
  preflightSeconds: 7_200, // as long as browsers remember what a script may do
  retryAfterSeconds: 5, // what a client is told to wait when the service cannot answer
} as const;
