/** Which of the bodies that are being read costs most for what it brings. */
export interface BodyProgress {
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
