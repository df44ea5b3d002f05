/** Timeouts of Redis, and intervals of probes and reconnects. */
export const redisPolicy = {
  commandTimeoutMs: 30, // default; three commands of a request take at most 90 ms; a LAN round trip takes 1 ms
  connectTimeoutMs: 1_000, // also the time that a start waits for the first reply before it continues without Redis
  disconnectTimeoutMs: 100, // a hung server does not close its side
  probeEveryMs: 1_000, // while Redis is unavailable: detects its return within two seconds, at one command a second
  probeTimeoutMs: 900, // shorter than the interval; long enough to distinguish a slow server from an unresponsive one
  probesPerConnection: 3, // consecutive failed probes before the connection is considered dead and renewed
  maxReconnectDelayMs: 1_000,
  demotedReconnectEveryMs: 5_000, // a server that refuses writes may have a successor, found by a new connection
  refusalQuietMs: 10_000, // without a refused command; if shorter, refusals by one server of a cluster would flap
  checkKeyMs: 1_000, // expiry of the keys of the command check
} as const;
