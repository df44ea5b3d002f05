/** Which of the bodies that are being read has to give its place to a new one. */
export interface BodyProgress {
  /** The network that sends it. */
  readonly client: string;
  readonly beganMs: number;
  receivedBytes: number;
}

/** Bytes per second since the body began. */
export function rateOf({ receivedBytes, beganMs }: BodyProgress, nowMs: number): number {
  return (receivedBytes * 1_000) / Math.max(1, nowMs - beganMs);
}

/** Of the bodies that are at least as old as the grace time, the one with the lowest rate; undefined if all are younger. */
export function slowestOf<T extends BodyProgress>(bodies: Iterable<T>, nowMs: number, graceMs: number): T | undefined {
  let slowest: T | undefined;
  for (const body of bodies) {
    const isYoung = nowMs - body.beganMs < graceMs;
    if (!isYoung && (slowest === undefined || rateOf(body, nowMs) < rateOf(slowest, nowMs))) slowest = body;
  }
  return slowest;
}

/**
 * Of bodies in the order they began: the last one of the client with the most; undefined if no client has more than
 * `client` has.
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
