/** How long Redis may take, and how it is looked for when it is lost. */
export const redisPolicy = {
  commandTimeoutMs: 30, // where REDIS_COMMAND_TIMEOUT_MS is not set: three commands of a request take 90 ms at most; a LAN round trip takes one
  connectTimeoutMs: 1_000, // a start waits that long for a first answer, then goes on without
  disconnectTimeoutMs: 100, // a server that hangs does not say goodbye
  probeEveryMs: 1_000, // while Redis is lost: found again within two seconds, for one command a second
  probeTimeoutMs: 900, // less than the interval; long enough to tell a server that is slow from one that is lost
  probesPerConnection: 3, // unanswered ones; then the connection is taken for dead and made anew
  maxReconnectDelayMs: 1_000,
  demotedReconnectEveryMs: 5_000, // a server that refuses writes may have a successor, found by a new connection; or none
  refusalQuietMs: 10_000, // without a refused command; shorter, and a refusal by one server of a cluster would come and go
  trialKeyMs: 1_000, // life of the keys that permissions are tried with
} as const;
