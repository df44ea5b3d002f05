/** What a client may send and how long it may take. Fastify's own defaults for time are "for ever". */
export const httpPolicy = {
  requestTimeoutMs: 15_000, // for a whole request to arrive; a page of the catalogue is asked for in one packet
  connectionTimeoutMs: 30_000, // of silence on a socket
  keepAliveTimeoutMs: 72_000, // longer than the 60 s that load balancers keep an idle connection
  maxHeaderBytes: 16_384, // Node's default, and what proxies in front of it accept
  maxAddressLength: 8_192, // 20 categories, a search in four-byte script and a cursor fit three times over
  maxPathParameterLength: 128,
  minCompressedBytes: 1_400, // one network packet; below it, compression saves nothing
  brotliQuality: 4, // costs what gzip 6 costs and is some 10 % smaller on product pages
  retryAfterSeconds: 5, // what a client is told to wait when the service cannot answer
} as const;
