/** Estimates what each access path to a segment costs, from the catalogue sample. */
import type { Condition } from '../filters/filter';
import { hasPrice } from '../filters/price.filter';
import { conditionsOf, NO_FILTER, type ProductFilter } from '../filters/product-filters';
import type { AccessPath } from '../query/access-path';
import { segmentConditions, type Segment } from '../query/segment';
import type { CatalogueSample, SampleMatch } from './catalogue-sample';
import type { EngineCosts } from './engine-costs';

/** Expected numbers of matches, of ids in the sets and of products in the price range; Infinity if unknown. */
export interface Expected {
  readonly matches: number;
  readonly ids: number;
  readonly priced: number;
}

interface Estimate {
  readonly rows: number;
  readonly ms: number;
}

export class CostEstimate {
  readonly expected: Expected;
  private readonly conditions: readonly Condition[];
  private readonly match: SampleMatch;
  private nearbyCount: number | undefined;

  constructor(
    private readonly segment: Segment,
    private readonly sample: CatalogueSample,
    private readonly costs: EngineCosts,
  ) {
    this.conditions = segmentConditions(segment);
    this.match = sample.match(this.conditions);
    const { categories, minPriceMinor, maxPriceMinor } = segment.filter;
    this.expected = {
      matches: sample.expected(this.match),
      ids: sample.expected(sample.match(this.conditions.filter(({ sets }) => sets !== undefined))),
      priced: hasPrice(segment.filter) ? this.expect({ categories, minPriceMinor, maxPriceMinor }) : Infinity,
    };
  }

  /** Rows or ids that the path examines, and how long that takes. */
  of(path: AccessPath): { rows: number; costMs: number } {
    const { rows, ms } = this.estimate(path);
    return { rows: Math.round(rows), costMs: this.costs.statementMs + ms };
  }

  private estimate(path: AccessPath): Estimate {
    switch (path) {
      case 'index-scan':
        return this.indexScan();
      case 'search-index':
        return this.searchIndex();
      case 'price-range':
        return this.fetched(this.expected.priced);
      case 'producers':
        return this.fetched(this.nearbyProducts());
      case 'nearest-first':
        return this.nearestFirst();
    }
  }

  /**
   * A covering index scan reads no products. With few sample matches the scan estimate is unreliable, unlike those of
   * the other paths, so it is multiplied by `1 + 2/√(1 + matches)`.
   */
  private indexScan(): Estimate {
    const { filter, offset, limit } = this.segment;
    const categoryScans = filter.categories.length === 0 ? [undefined] : filter.categories;
    let rows = 0;
    for (const category of categoryScans)
      rows += this.sample.scanLength(this.segment, this.matchInCategory(category), category, offset + limit);
    if (isCovered(this.segment)) return { rows, ms: rows * this.costs.coveredRowMs };
    const joinedMs = filter.near === undefined ? 0 : this.costs.joinedRowMs;
    const uncertainty = 1 + 2 / Math.sqrt(1 + this.match.count);
    return { rows, ms: rows * (this.costs.scannedRowMs + joinedMs) * uncertainty };
  }

  /**
   * In memory, sets are intersected, filtered by columns and ranked up to the page; then the rows of the page are read.
   */
  private searchIndex(): Estimate {
    const { costs, segment, expected, sample } = this;
    const { terms, categories, near } = segment.filter;
    const sets = terms.length * (segment.nameMatch === 'any' ? 1 : 2) + Math.max(1, categories.length);
    const columnFilters = this.conditions.filter(({ range }) => range !== undefined).length;
    const blocksMs = sample.blocks * (sets * costs.setBlockMs + columnFilters * costs.columnBlockMs);
    const scanned = Math.min(1, (segment.offset + segment.limit) / expected.matches) * sample.catalogueSize;
    const ranksAllMatches = segment.sort === 'distance' || (near === undefined && expected.matches < scanned);
    const rankedIds = ranksAllMatches ? expected.matches : scanned;
    const nearbyMs = near === undefined ? 0 : costs.statementMs;
    const rowsMs = segment.limit * costs.fetchedRowMs;
    return { rows: expected.ids, ms: costs.statementMs + blocksMs + rankedIds * costs.rankedIdMs + nearbyMs + rowsMs };
  }

  /** All rows are read and then sorted. */
  private fetched(rows: number): Estimate {
    return { rows, ms: rows * this.costs.fetchedRowMs };
  }

  private nearestFirst(): Estimate {
    const nearbyCount = this.nearbyProducts();
    const { matches } = this.expected;
    const wanted = this.segment.offset + this.segment.limit;
    const rows = matches <= wanted ? nearbyCount : (nearbyCount * wanted) / matches;
    return { rows, ms: 2 * this.costs.statementMs + rows * this.costs.fetchedRowMs };
  }

  /** Expected products of the producer or of the nearby producers. */
  private nearbyProducts(): number {
    const { near, producerId } = this.segment.filter;
    return (this.nearbyCount ??= this.expect({ near, producerId }));
  }

  private expect(filter: Partial<ProductFilter>): number {
    return this.sample.expected(this.sample.match(conditionsOf({ ...NO_FILTER, ...filter })));
  }

  private matchInCategory(category: string | undefined): SampleMatch {
    if (category === undefined || this.segment.filter.categories.length === 1) return this.match;
    const filter = { ...this.segment.filter, categories: [category] };
    return this.sample.match(segmentConditions({ ...this.segment, filter }));
  }
}

/** Whether the index of the sort decides all conditions, apart from the category, which selects the index. */
export function isCovered(segment: Segment): boolean {
  const conditions = segmentConditions({ ...segment, filter: { ...segment.filter, categories: [] } });
  return conditions.every(({ range }) => range?.column === segment.sort);
}

export function hasProducers({ producerId, near }: ProductFilter): boolean {
  return producerId !== undefined || near !== undefined;
}
