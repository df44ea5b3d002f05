export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * How long to wait after the given failure, the first being 1: anything up to a bound that doubles. Source: M. Brooker,
 * "Exponential Backoff and Jitter" (AWS, 2015), full jitter.
 */
export function fullJitterMs({ baseMs, capMs }: Backoff, failures: number, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}

/** The same, but never less than half of the bound: for what must not come at once. Source: as above, equal jitter. */
export function equalJitterMs(backoff: Backoff, failures: number, random: number): number {
  return fullJitterMs(backoff, failures, 0.5 + random / 2);
}
