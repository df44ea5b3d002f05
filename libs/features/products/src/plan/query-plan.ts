/**
 * Chooses the access path of a segment: the cheapest one by the catalogue sample and the cost of each step on the
 * engine. All paths return the same rows, so a wrong estimate costs time, never correctness.
 */
import { hasPrice } from '../filters/price.filter';
import type { AccessPath } from '../query/access-path';
import type { Segment } from '../query/segment';
import type { CatalogueSample } from './catalogue-sample';
import { CostEstimate, hasProducers, isCovered, type Expected } from './cost-estimate';
import type { EngineCosts } from './engine-costs';

export interface PlanCandidate {
  readonly path: AccessPath;
  readonly costMs: number;
  /** Rows or ids that the path is expected to examine. */
  readonly rows: number;
}

export interface QueryPlan {
  /** Cheapest first; the second is the plan fallback. */
  readonly candidates: readonly PlanCandidate[];
  readonly expected: Expected;
}

export interface PlannerStatistics {
  /** Undefined until the catalogue is sampled. */
  readonly sample: CatalogueSample | undefined;
  readonly isIndexComplete: boolean;
  readonly costs: EngineCosts;
}

export function planSegment(segment: Segment, statistics: PlannerStatistics): QueryPlan {
  const paths = possiblePaths(segment, statistics.isIndexComplete);
  if (statistics.sample === undefined) return { candidates: withoutSample(segment, paths), expected: UNKNOWN };
  const estimate = new CostEstimate(segment, statistics.sample, statistics.costs);
  const candidates = paths.map((path) => ({ path, ...estimate.of(path) })).sort((a, b) => a.costMs - b.costMs);
  return { candidates, expected: estimate.expected };
}

function possiblePaths(segment: Segment, isIndexComplete: boolean): AccessPath[] {
  const { filter, sort } = segment;
  return [
    sort === 'distance' ? ('nearest-first' as const) : ('index-scan' as const),
    ...(isIndexComplete ? (['search-index'] as const) : []),
    ...(hasPrice(filter) && sort !== 'price' ? (['price-range'] as const) : []),
    ...(hasProducers(filter) ? (['producers'] as const) : []),
  ];
}

/** The cost of the search index hardly depends on the query; a covering index scan costs almost nothing. */
function withoutSample(segment: Segment, paths: readonly AccessPath[]): PlanCandidate[] {
  const preferred = isCovered(segment) ? 'index-scan' : 'search-index';
  const unknown = (path: AccessPath) => ({ path, costMs: Infinity, rows: Infinity });
  return [...paths.filter((path) => path === preferred), ...paths.filter((path) => path !== preferred)].map(unknown);
}

const UNKNOWN: Expected = { matches: Infinity, ids: Infinity, priced: Infinity };
