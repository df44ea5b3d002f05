/** Selects which of the bodies in progress is evicted for a new one. */
export interface BodyProgress {
  /** Network of the sender. */
  readonly client: string;
  readonly startedMs: number;
  receivedBytes: number;
}

/** Returns the average rate since the start of the body, in bytes per second. */
export function rateOf({ receivedBytes, startedMs }: BodyProgress, nowMs: number): number {
  return (receivedBytes * 1_000) / Math.max(1, nowMs - startedMs);
}

/** Returns the body with the lowest rate among those at least `graceMs` old; undefined if all are younger. */
export function slowestOf<T extends BodyProgress>(bodies: Iterable<T>, nowMs: number, graceMs: number): T | undefined {
  let slowest: T | undefined;
  for (const body of bodies) {
    const isInGraceTime = nowMs - body.startedMs < graceMs;
    if (!isInGraceTime && (slowest === undefined || rateOf(body, nowMs) < rateOf(slowest, nowMs))) slowest = body;
  }
  return slowest;
}

/**
 * Returns the newest body of the client with the most bodies, or undefined if no client has more than `client`. Expects
 * `bodies` in order of start. Bodies of `a`, `a`, `b` and client `b` → the second body of `a`.
 */
export function newestOfLargestShare<T extends BodyProgress>(bodies: Iterable<T>, client: string): T | undefined {
  const shares = new Map<string, T[]>();
  for (const body of bodies) {
    const share = shares.get(body.client);
    if (share === undefined) shares.set(body.client, [body]);
    else share.push(body);
  }
  const own = shares.get(client)?.length ?? 0;
  let largest: readonly T[] = [];
  for (const share of shares.values()) if (share.length > Math.max(own, largest.length)) largest = share;
  return largest.at(-1);
}
