/** Limits on what clients may send and how long it may take. By default Fastify has no time limits. */
export const httpPolicy = {
  headersTimeoutMs: 8_000, // until the headers of a request, which fit one packet, have arrived
  requestTimeoutMs: 12_000, // until the whole request has arrived
  timeoutCheckIntervalMs: 2_000, // cuts slow clients off within 15 s; the default of Node.js is 30 s
  connectionTimeoutMs: 30_000, // idle time of a socket
  keepAliveTimeoutMs: 72_000, // longer than the 60 s that load balancers keep an idle connection
  maxHeaders: 100, // browsers send some twenty; Node.js silently drops headers beyond its own limit
  maxHeaderBytes: 16_384, // default of Node.js, which proxies in front of it also accept
  maxUrlLength: 8_192, // three times the length of 20 categories, a search in four-byte script and a cursor
  maxPathParameterLength: 128,
  maxLoggedUrlLength: 2_048, // four times the longest URL of our own clients; a log line stays readable
  maxAcceptLength: 1_024, // browsers send some 150; the parser takes quadratic time for quotes
  maxFaultsListed: 20, // more than there are parameters; a client with more faults corrects these first
  maxFaultsInDetail: 5, // for human readers; `errors` contains the others
  maxNameShown: 64, // of an unknown parameter; declared names have at most ten characters
  minCompressedBytes: 1_400, // one network packet; below it, compression saves nothing
  brotliQuality: 4, // costs as much as gzip 6 and compresses product pages some 10 % better
  maxWaitingRequests: 10_000, // pipelined, on all connections: 20 MB; a connection that exceeds it is closed
  maxConcurrentBodies: 200, // of 256 KiB at most: 50 MiB
  bodyEvictionGraceMs: 250, // the first packets of a body follow its headers within a round trip
  bodyRateGraceMs: 2_000, // for a connection to reach its rate, or to recover from a lost packet
  minBodyBytesPerSecond: 1_024, // a tenth of the rate of the slowest mobile networks
  bodyRateCheckMs: 500, // a slow body is evicted at most 2.5 s after its start
  maxConcurrentPosts: 400, // 2 × `maxConcurrentBodies`; the last one waits 2 s if storing one takes 5 ms
  postsPerIteration: 4, // 20 ms, if storing one takes 5 ms on the embedded database
  eventLoopSampleMs: 500, // interval between two samples of the event-loop delay
  maxEventLoopDelayMs: 500, // average between two samples; beyond it responses would be too late
  preflightSeconds: 7_200, // maximum time for which browsers cache a preflight response
  retryAfterSeconds: 5, // `Retry-After` of a 502, 503 or 504
} as const;
