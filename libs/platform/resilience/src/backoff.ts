export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Returns the delay after the nth failure, n ≥ 1: `random · min(cap, base · 2^(n−1))`, with `random` in [0, 1). Source:
 * M. Brooker, "Exponential Backoff and Jitter" (AWS, 2015), full jitter.
 */
export function fullJitterMs({ baseMs, capMs }: Backoff, failures: number, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}

/** As above, but at least half of the bound, for retries that must not be immediate. Same source, equal jitter. */
export function equalJitterMs(backoff: Backoff, failures: number, random: number): number {
  return fullJitterMs(backoff, failures, 0.5 + random / 2);
}
