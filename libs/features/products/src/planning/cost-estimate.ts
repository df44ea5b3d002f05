/** What each way to a part of a list would cost, by what the sample says about the catalogue. */
import { hasPrice, hasProducers, NO_FILTER, type ProductFilter } from '../product-listing';
import type { CatalogueSample, SampleMatch } from './catalogue-sample';
import type { EngineCosts } from './engine-costs';
import type { Segment, NameMatch } from './segment';

/**
 * - `index-scan`: along the index of the sort, testing each product, until the page is full;
 * - `search-index`: the ids from the search index, then the rows of the page;
 * - `price-range`: all of the price range, sorted afterwards;
 * - `producers`: all of one producer or of those near by, sorted afterwards;
 * - `nearest-first`: producer by producer, the nearest (or farthest) first, until the page is full.
 */
export type AccessPath = 'index-scan' | 'search-index' | 'price-range' | 'producers' | 'nearest-first';

/** How many products match, how many ids are in the sets, how many prices in the range; infinite where nobody knows. */
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
  private readonly match: SampleMatch;
  private nearby: number | undefined;

  constructor(
    private readonly segment: Segment,
    private readonly sample: CatalogueSample,
    private readonly costs: EngineCosts,
  ) {
    this.match = sample.match(segment.filter, segment.nameMatch);
    const { terms, categories, inStock, minPriceMinor, maxPriceMinor } = segment.filter;
    this.expected = {
      matches: sample.expected(this.match),
      ids: this.expect({ terms, categories, inStock }, segment.nameMatch),
      priced: hasPrice(segment.filter) ? this.expect({ categories, minPriceMinor, maxPriceMinor }) : Infinity,
    };
  }

  /** Rows, or ids, that are looked at along the path, and how long that takes. */
  of(path: AccessPath): { rows: number; costMs: number } {
    const { rows, ms } = this.along(path);
    return { rows: Math.round(rows), costMs: this.costs.statementMs + ms };
  }

  private along(path: AccessPath): Estimate {
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
   * Where the index has all that is filtered by, the products are not read at all. What few matches of the sample
   * say about a walk may be far off, while the other ways cost much what they are thought to: a doubt has its price.
   */
  private indexScan(): Estimate {
    const { filter, offset, limit } = this.segment;
    const branches = filter.categories.length === 0 ? [undefined] : filter.categories;
    let rows = 0;
    for (const category of branches)
      rows += this.sample.scanLength(this.segment, this.inBranch(category), category, offset + limit);
    if (this.isCovered()) return { rows, ms: rows * this.costs.coveredRowMs };
    const joinedMs = filter.near === undefined ? 0 : this.costs.joinedRowMs;
    const doubt = 1 + 2 / Math.sqrt(1 + this.match.count);
    return { rows, ms: rows * (this.costs.scannedRowMs + joinedMs) * doubt };
  }

  /** What is in memory: sets that meet and are cut by columns, then the first matches. Then the rows of the page. */
  private searchIndex(): Estimate {
    const { costs, segment, expected, sample } = this;
    const { terms, categories, near, producerId } = segment.filter;
    const sets = terms.length * (segment.nameMatch === 'any' ? 1 : 2) + Math.max(1, categories.length);
    const cuts = Number(hasPrice(segment.filter)) + Number(producerId !== undefined);
    const blocksMs = sample.blocks * (sets * costs.setBlockMs + cuts * costs.cutBlockMs);
    const passed = Math.min(1, (segment.offset + segment.limit) / expected.matches) * sample.catalogueSize;
    const isEachLookedAt = segment.sort === 'distance' || (near === undefined && expected.matches < passed);
    const ranked = isEachLookedAt ? expected.matches : passed;
    const nearbyMs = near === undefined ? 0 : costs.statementMs;
    const rowsMs = segment.limit * costs.fetchedRowMs;
    return { rows: expected.ids, ms: costs.statementMs + blocksMs + ranked * costs.rankedIdMs + nearbyMs + rowsMs };
  }

  /** All of them, sorted afterwards. */
  private fetched(rows: number): Estimate {
    return { rows, ms: rows * this.costs.fetchedRowMs };
  }

  private nearestFirst(): Estimate {
    const nearby = this.nearbyProducts();
    const { matches } = this.expected;
    const wanted = this.segment.offset + this.segment.limit;
    const rows = matches <= wanted ? nearby : (nearby * wanted) / matches;
    return { rows, ms: 2 * this.costs.statementMs + rows * this.costs.fetchedRowMs };
  }

  /** Of the producer, or of those near by. */
  private nearbyProducts(): number {
    const { near, producerId } = this.segment.filter;
    return (this.nearby ??= this.expect({ near, producerId }));
  }

  private expect(filter: Partial<ProductFilter>, nameMatch?: NameMatch): number {
    return this.sample.expected(this.sample.match({ ...NO_FILTER, ...filter }, nameMatch));
  }

  private isCovered(): boolean {
    const { terms, inStock } = this.segment.filter;
    const isPriceCovered = !hasPrice(this.segment.filter) || this.segment.sort === 'price';
    return terms.length === 0 && inStock === undefined && !hasProducers(this.segment.filter) && isPriceCovered;
  }

  private inBranch(category: string | undefined): SampleMatch {
    return category === undefined || this.segment.filter.categories.length === 1
      ? this.match
      : this.sample.match({ ...this.segment.filter, categories: [category] }, this.segment.nameMatch);
  }
}
