/** Latency percentiles. */

export interface Summary {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export function summarise(latenciesMs: readonly number[]): Summary {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return {
    requests: sorted.length,
    p50Ms: percentile(sorted, 50),
    p95Ms: percentile(sorted, 95),
    p99Ms: percentile(sorted, 99),
    worstMs: percentile(sorted, 100),
  };
}

/** Nearest-rank percentile: the smallest measured latency that at least `percent` % of the latencies do not exceed. */
function percentile(sorted: readonly number[], percent: number): number {
  const value = sorted[Math.ceil((percent / 100) * sorted.length) - 1];
  if (value === undefined) throw new Error('nothing was measured');
  return Math.round(value * 100) / 100;
}
