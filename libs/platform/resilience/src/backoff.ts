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
