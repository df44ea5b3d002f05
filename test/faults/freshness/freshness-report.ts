/** Counts of a run, with every violation. */
import type { CatalogueReaders } from './catalogue-readers';
import type { InjectedFault } from './freshness-faults';
import { FreshnessJudge, type Read } from './freshness-judge';
import type { CatalogueHistory } from './freshness-model';

/** Time in which a replica fills its cache after a fault. */
const RECOVERY_MS = 1_000;

export interface FreshnessReport {
  readonly changes: number;
  readonly reads: number;
  readonly fresh: number;
  readonly mixed: number;
  readonly declaredStale: number;
  readonly unavailable: number;
  readonly unanswered: number;
  /** Share of the reads outside of faults that a cache answered. */
  readonly cachedShare: number;
  readonly faults: readonly string[];
  readonly violations: readonly string[];
}

export function reportOf(
  history: CatalogueHistory,
  { reads, unanswered }: CatalogueReaders,
  faults: readonly InjectedFault[],
): FreshnessReport {
  const judge = new FreshnessJudge(history);
  const verdicts = reads.map((read) => judge.judge(read));
  const count = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  return {
    changes: history.length,
    reads: reads.length,
    fresh: count('fresh'),
    mixed: count('mixed'),
    declaredStale: count('declared-stale'),
    unavailable: count('unavailable'),
    unanswered,
    cachedShare: cachedShareOf(reads.filter((read) => isBetween(read, faults))),
    faults: [...new Set(faults.map(({ name }) => name))].sort(),
    violations: verdicts.flatMap((verdict, at) =>
      typeof verdict === 'string' ? [] : [`${verdict.violation}; ${lastFaultBefore(reads[at]!, faults)}`],
    ),
  };
}

/** `1200 ms after the start of "Redis is killed"` */
function lastFaultBefore({ sentAtMs }: Read, faults: readonly InjectedFault[]): string {
  const last = faults.findLast(({ startedAtMs }) => startedAtMs <= sentAtMs);
  return last === undefined
    ? 'before the first fault'
    : `${Math.round(sentAtMs - last.startedAtMs)} ms after the start of "${last.name}"`;
}

function isBetween({ sentAtMs, receivedAtMs }: Read, faults: readonly InjectedFault[]): boolean {
  return faults.every(({ startedAtMs, endedAtMs }) => receivedAtMs < startedAtMs || sentAtMs > endedAtMs + RECOVERY_MS);
}

function cachedShareOf(reads: readonly Read[]): number {
  const hits = reads.filter(({ cacheStatus }) => cacheStatus.includes('; hit')).length;
  return Math.round((hits / Math.max(1, reads.length)) * 1_000) / 1_000;
}
