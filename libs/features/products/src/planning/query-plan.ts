/**
 * Chooses how a part of a list is read: the cheapest of the ways that lead to it, by what the sample says about the
 * catalogue and what each step costs on the engine. A guess, never a matter of right or wrong: all ways give the
 * same rows.
 */
import type { ProductFilter } from '../product-listing';
import { areIndexable } from '../search-index/index-keys';
import type { CatalogueSample } from './catalogue-sample';
import type { EngineCosts } from './engine-costs';
import type { ListPart } from './list-part';

/**
 * - `walk`: along the index of the sort, testing each product, until the page is full;
 * - `search-index`: the ids from the search index, then the rows of the page;
 * - `price-range`: all of the price range, sorted afterwards;
 * - `producers`: all of one producer or of those near by, sorted afterwards;
 * - `outwards`: producer by producer, the nearest (or farthest) first, until the page is full.
 */
export type AccessPath = 'walk' | 'search-index' | 'price-range' | 'producers' | 'outwards';

export interface PlanCandidate {
  readonly path: AccessPath;
  readonly costMs: number;
  /** Rows, or ids, that are looked at. */
  readonly rows: number;
}

export interface QueryPlan {
  /** The cheapest first; the second is tried where the first runs into its time limit. */
  readonly candidates: readonly PlanCandidate[];
  /** Products expected to match; undefined while there is no sample. */
  readonly expectedMatches: number | undefined;
}

export interface PlanningFacts {
  /** Undefined until it has been drawn. */
  readonly sample: CatalogueSample | undefined;
  readonly isIndexComplete: boolean;
  readonly costs: EngineCosts;
}

/** Ids whose rows are simply read and sorted; from some more on it is cheaper to cut them by their sort codes. */
export const MAX_FETCHED_IDS = 2_000;

export function planPart(part: ListPart, facts: PlanningFacts): QueryPlan {
  const paths = possiblePaths(part, facts.isIndexComplete);
  if (facts.sample === undefined) return { candidates: withoutSample(part, paths), expectedMatches: undefined };
  const estimate = new CostEstimate(part, facts.sample, facts.costs);
  const candidates = paths.map((path) => estimate.of(path)).sort((a, b) => a.costMs - b.costMs);
  return { candidates, expectedMatches: facts.sample.expected(estimate.match) };
}

function possiblePaths(part: ListPart, isIndexComplete: boolean): AccessPath[] {
  const { filter, sort } = part;
  const hasPrice = filter.minPriceMinor !== undefined || filter.maxPriceMinor !== undefined;
  const hasProducers = filter.producerId !== undefined || filter.near !== undefined;
  return [
    sort === 'distance' ? ('outwards' as const) : ('walk' as const),
    ...(isIndexComplete && areIndexable(filter.terms) ? (['search-index'] as const) : []),
    ...(hasPrice && sort !== 'price' ? (['price-range'] as const) : []),
    ...(hasProducers ? (['producers'] as const) : []),
  ];
}

/** The search index costs much the same whatever is asked; where nothing is filtered, a walk costs nothing. */
function withoutSample({ filter }: ListPart, paths: readonly AccessPath[]): PlanCandidate[] {
  const preferred = filter.terms.length > 0 || filter.inStock === false ? 'search-index' : 'walk';
  const unknown = (path: AccessPath) => ({ path, costMs: NaN, rows: NaN });
  return [...paths.filter((path) => path === preferred), ...paths.filter((path) => path !== preferred)].map(unknown);
}

class CostEstimate {
  readonly match;

  constructor(
    private readonly part: ListPart,
    private readonly sample: CatalogueSample,
    private readonly costs: EngineCosts,
  ) {
    this.match = sample.match(part.filter, part.nameMatch);
  }

  of(path: AccessPath): PlanCandidate {
    const { rows, ms } = this[ESTIMATES[path]]();
    return { path, rows: Math.round(rows), costMs: this.costs.statementMs + ms };
  }

  /** Where the index has all that is filtered by, the products are not read at all. */
  walk() {
    const { filter, offset, limit } = this.part;
    const branches = filter.categories.length === 0 ? [undefined] : filter.categories;
    const isCovered = this.isCovered();
    const rows = branches.reduce<number>(
      (sum, category) => sum + this.sample.walkLength(this.part, this.inBranch(category), category, offset + limit),
      0,
    );
    const nearMs = filter.near === undefined ? 0 : this.costs.joinedRowMs;
    return { rows, ms: rows * (isCovered ? this.costs.coveredRowMs : this.costs.walkedRowMs + nearMs) };
  }

  /** Sets of ids, then all their rows, or the sort codes of everything and the rows of the page. */
  searchIndex() {
    const { filter, sort } = this.part;
    const { categories, terms, inStock } = filter;
    const known = { ...NO_FILTER, categories, terms, inStock };
    const ids = this.sample.expected(this.sample.match(known, this.part.nameMatch));
    const sets = terms.length * (this.part.nameMatch === 'any' ? 1 : 2) + Math.max(1, categories.length);
    const blocks = Math.ceil(this.sample.catalogueSize / this.costs.idsPerBlock);
    const readMs = this.costs.statementMs + sets * blocks * this.costs.setBlockMs;
    const ofProducersMs = this.hasProducers() ? this.nearbyProducts() * this.costs.coveredRowMs * 10 : 0;
    const matches = this.hasProducers() ? this.sample.expected(this.match) : ids;
    const isFetched = matches <= MAX_FETCHED_IDS || sort === 'distance';
    const rowsMs = isFetched
      ? matches * this.costs.fetchedRowMs
      : blocks * this.costs.codeBlockMs + ids * this.costs.coveredRowMs + 200 * this.costs.fetchedRowMs;
    return { rows: ids, ms: readMs + ofProducersMs + rowsMs };
  }

  priceRange() {
    const { categories, minPriceMinor, maxPriceMinor } = this.part.filter;
    const range = { ...NO_FILTER, categories, minPriceMinor, maxPriceMinor };
    const rows = this.sample.expected(this.sample.match(range));
    return { rows, ms: rows * this.costs.fetchedRowMs };
  }

  producers() {
    const rows = this.nearbyProducts();
    return { rows, ms: rows * this.costs.fetchedRowMs };
  }

  outwards() {
    const nearby = this.nearbyProducts();
    const matches = this.sample.expected(this.match);
    const wanted = this.part.offset + this.part.limit;
    const rows = matches <= wanted ? nearby : (nearby * wanted) / matches;
    return { rows, ms: 2 * this.costs.statementMs + rows * this.costs.fetchedRowMs };
  }

  private hasProducers(): boolean {
    return this.part.filter.producerId !== undefined || this.part.filter.near !== undefined;
  }

  private nearbyProducts(): number {
    const { near, producerId } = this.part.filter;
    return this.sample.expected(this.sample.match({ ...NO_FILTER, near, producerId }));
  }

  private isCovered(): boolean {
    const { terms, inStock, minPriceMinor, maxPriceMinor } = this.part.filter;
    const hasPrice = minPriceMinor !== undefined || maxPriceMinor !== undefined;
    return (
      terms.length === 0 && inStock === undefined && !this.hasProducers() && (!hasPrice || this.part.sort === 'price')
    );
  }

  private inBranch(category: string | undefined) {
    return category === undefined || this.part.filter.categories.length === 1
      ? this.match
      : this.sample.match({ ...this.part.filter, categories: [category] }, this.part.nameMatch);
  }
}

const ESTIMATES = {
  walk: 'walk',
  'search-index': 'searchIndex',
  'price-range': 'priceRange',
  producers: 'producers',
  outwards: 'outwards',
} as const;

const NO_FILTER: ProductFilter = {
  terms: [],
  categories: [],
  minPriceMinor: undefined,
  maxPriceMinor: undefined,
  inStock: undefined,
  producerId: undefined,
  near: undefined,
};
