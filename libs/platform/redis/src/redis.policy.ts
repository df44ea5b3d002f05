/** How long Redis may take, and how it is looked for when it is lost. */
export const redisPolicy = {
  commandTimeoutMs: 30, // a request waits for at most three commands one after another: 90 ms; a LAN round trip takes one
  connectTimeoutMs: 1_000, // a start waits that long for a first answer, then goes on without
  disconnectTimeoutMs: 100, // a server that hangs does not say goodbye
  probeEveryMs: 1_000, // while Redis is lost: found again within two seconds, for one command a second
  probesPerConnection: 3, // unanswered ones; then the connection is taken for dead and made anew
  maxReconnectDelayMs: 1_000,
} as const;
