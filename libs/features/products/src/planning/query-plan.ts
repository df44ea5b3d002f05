/**
 * Chooses how a part of a list is read: the cheapest of the ways that lead to it, by what the sample says about the
 * catalogue and what each step costs on the engine. A guess, never a matter of right or wrong: all ways give the
 * same rows.
 */
import { hasPrice, hasProducers } from '../product-listing';
import type { CatalogueSample } from './catalogue-sample';
import type { EngineCosts } from './engine-costs';
import { CostEstimate, type AccessPath, type Expected } from './cost-estimate';
import type { ListPart } from './list-part';

export interface PlanCandidate {
  readonly path: AccessPath;
  readonly costMs: number;
  /** Rows, or ids, that are looked at. */
  readonly rows: number;
}

export interface QueryPlan {
  /** The cheapest first; the second is tried where the first runs into its time limit. */
  readonly candidates: readonly PlanCandidate[];
  readonly expected: Expected;
}

export interface PlanningFacts {
  /** Undefined until it has been drawn. */
  readonly sample: CatalogueSample | undefined;
  readonly isIndexComplete: boolean;
  readonly costs: EngineCosts;
}

export function planPart(part: ListPart, facts: PlanningFacts): QueryPlan {
  const paths = possiblePaths(part, facts.isIndexComplete);
  if (facts.sample === undefined) return { candidates: withoutSample(part, paths), expected: UNKNOWN };
  const estimate = new CostEstimate(part, facts.sample, facts.costs);
  const candidates = paths.map((path) => ({ path, ...estimate.of(path) })).sort((a, b) => a.costMs - b.costMs);
  return { candidates, expected: estimate.expected };
}

function possiblePaths(part: ListPart, isIndexComplete: boolean): AccessPath[] {
  const { filter, sort } = part;
  return [
    sort === 'distance' ? ('outwards' as const) : ('walk' as const),
    ...(isIndexComplete ? (['search-index'] as const) : []),
    ...(hasPrice(filter) && sort !== 'price' ? (['price-range'] as const) : []),
    ...(hasProducers(filter) ? (['producers'] as const) : []),
  ];
}

/** The search index costs much the same whatever is asked; where nothing is filtered, a walk costs nothing. */
function withoutSample({ filter }: ListPart, paths: readonly AccessPath[]): PlanCandidate[] {
  const preferred = filter.terms.length > 0 || filter.inStock === false ? 'search-index' : 'walk';
  const unknown = (path: AccessPath) => ({ path, costMs: Infinity, rows: Infinity });
  return [...paths.filter((path) => path === preferred), ...paths.filter((path) => path !== preferred)].map(unknown);
}

const UNKNOWN: Expected = { matches: Infinity, ids: Infinity, priced: Infinity };
