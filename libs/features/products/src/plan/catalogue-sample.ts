/**
 * In-memory sample of some thousand random products, from which the planner estimates selectivity and scan lengths
 * without a query. Correlations between columns are part of the sample. It is stored by column, because every plan
 * reads all of it, and as bitsets of one search index block, whose number of ids is its maximum size.
 */
import {
  chordSquaredBetween,
  chordSquaredOf,
  toUnitVector,
  type Circle,
  type ColumnSort,
  type IndexedProduct,
  type UnitVector,
} from '@catalogue';
import type { ProductFilter } from '../list/product-listing';
import {
  BLOCK_WORDS,
  WordPostings,
  and,
  andNot,
  countBits,
  hasBit,
  keepIf,
  lowerBound,
  or,
  setBit,
} from '@engine/search';
import type { NameMatch, Segment } from '../list/segment';

export interface SampledProduct extends Omit<IndexedProduct, 'id'> {
  /** Position of its producer; null if unknown. */
  readonly position: UnitVector | null;
}

/** Matching rows of the sample, one bit each. */
export interface SampleMatch {
  readonly rows: Uint32Array;
  readonly count: number;
}

/** With fewer matches, their density in the scan is not a reliable estimate. */
const MIN_RELIABLE_MATCHES = 8;
const NO_POSITION: UnitVector = { x: NaN, y: NaN, z: NaN };

export class CatalogueSample {
  private readonly size: number;
  private readonly words: WordPostings;
  private readonly nameWords: WordPostings;
  private readonly categories = new Map<string, Uint32Array>();
  private readonly prices: Float64Array;
  private readonly times: Float64Array;
  private readonly names: readonly string[];
  private readonly producerIds: Float64Array;
  private readonly inStock: Uint32Array;
  private readonly all: Uint32Array;
  private readonly positions: readonly UnitVector[];
  private readonly order: Readonly<Record<ColumnSort, Uint32Array>>;

  constructor(
    products: readonly SampledProduct[],
    /** Number of products in the catalogue. */
    readonly catalogueSize: number,
    /** Number of blocks in the search index. */
    readonly blocks: number,
  ) {
    this.size = products.length;
    this.words = new WordPostings(products.map(({ searchText }) => searchText));
    this.nameWords = new WordPostings(products.map(({ nameText }) => nameText));
    this.prices = Float64Array.from(products, ({ priceMinor }) => priceMinor);
    this.times = Float64Array.from(products, ({ createdAtMs }) => createdAtMs);
    this.names = products.map(({ nameText }) => nameText);
    this.producerIds = Float64Array.from(products, ({ producerId }) => producerId);
    this.inStock = bitsOf(products, ({ stock }) => stock > 0);
    this.all = bitsOf(products, () => true);
    this.positions = products.map(({ position }) => position ?? NO_POSITION);
    for (const slug of new Set(products.map(({ category }) => category)))
      this.categories.set(
        slug,
        bitsOf(products, ({ category }) => category === slug),
      );
    this.order = { price: this.sortedBy('price'), name: this.sortedBy('name'), createdAt: this.sortedBy('createdAt') };
  }

  /** Catalogue products per sampled product. */
  get scale(): number {
    return this.size === 0 ? 0 : this.catalogueSize / this.size;
  }

  match(filter: ProductFilter, nameMatch: NameMatch = 'any'): SampleMatch {
    const rows = filter.categories.length === 0 ? this.all.slice() : this.ofAnyCategory(filter);
    this.keepPrices(rows, filter);
    if (filter.inStock === true) and(rows, this.inStock);
    if (filter.inStock === false) andNot(rows, this.inStock);
    if (filter.producerId !== undefined) keepIf(rows, (row) => this.producerIds[row] === filter.producerId);
    for (const term of filter.terms) this.words.keep(rows, term);
    if (nameMatch !== 'any') this.keepByName(rows, filter.terms, nameMatch);
    if (filter.near !== undefined) this.keepNearby(rows, filter.near);
    return { rows, count: countBits(rows) };
  }

  /** Estimated number of matching products in the catalogue. */
  expected(match: SampleMatch): number {
    return Math.round(match.count * this.scale);
  }

  /**
   * Estimates how many rows an index scan reads, within a category if one is given, until it finds `wanted` matches.
   * The scan begins at the start of the segment and follows its direction. Rows before the first match are counted as
   * observed, not averaged. Returns Infinity for `distance`, which has no index.
   */
  scanLength(segment: Segment, { rows }: SampleMatch, category: string | undefined, wanted: number): number {
    if (segment.sort === 'distance') return Infinity;
    const order = this.order[segment.sort];
    const scannedRows = this.scannedRows(segment, category);
    const step = segment.direction === 'asc' ? 1 : -1;
    let passed = 0;
    let matches = 0;
    let firstMatchAt = 0;
    for (let at = this.startIndexOf(segment, segment.sort); at >= 0 && at < order.length; at += step) {
      const row = order[at]!;
      if (!hasBit(scannedRows, row)) continue;
      passed += 1;
      if (!hasBit(rows, row)) continue;
      matches += 1;
      if (matches === 1) firstMatchAt = passed;
      if (matches >= MIN_RELIABLE_MATCHES && matches * this.scale >= wanted) break;
    }
    if (matches * this.scale < wanted) return passed * this.scale;
    const rowsPerMatch = passed / matches;
    const emptyFront = Math.max(0, firstMatchAt - 3 * rowsPerMatch) * this.scale;
    return emptyFront + wanted * rowsPerMatch;
  }

  /** Rows that an index scan passes: those of the category and, if it scans the price index, of the price range. */
  private scannedRows({ sort, filter }: Segment, category: string | undefined): Uint32Array {
    const rows = (category === undefined ? this.all : (this.categories.get(category) ?? NO_ROWS)).slice();
    if (sort === 'price') this.keepPrices(rows, filter);
    return rows;
  }

  private ofAnyCategory({ categories }: ProductFilter): Uint32Array {
    const rows = NO_ROWS.slice();
    for (const slug of categories) or(rows, this.categories.get(slug) ?? NO_ROWS);
    return rows;
  }

  private keepPrices(rows: Uint32Array, filter: ProductFilter): void {
    const { minPriceMinor = 0, maxPriceMinor = Infinity } = filter;
    if (minPriceMinor === 0 && maxPriceMinor === Infinity) return;
    keepIf(rows, (row) => this.prices[row]! >= minPriceMinor && this.prices[row]! <= maxPriceMinor);
  }

  private keepNearby(rows: Uint32Array, near: Circle): void {
    const centre = toUnitVector(near);
    const maxChordSquared = chordSquaredOf(near.radiusKm);
    keepIf(rows, (row) => chordSquaredBetween(this.positions[row]!, centre) <= maxChordSquared);
  }

  private keepByName(rows: Uint32Array, terms: readonly string[], nameMatch: 'all' | 'some-missing'): void {
    const nameMatches = this.all.slice();
    for (const term of terms) this.nameWords.keep(nameMatches, term);
    (nameMatch === 'all' ? and : andNot)(rows, nameMatches);
  }

  /** Index into a sort order at which the segment begins. */
  private startIndexOf({ direction, after }: Segment, sort: ColumnSort): number {
    if (after === undefined) return direction === 'asc' ? 0 : this.size - 1;
    const [key] = after as [string | number];
    const order = this.order[sort];
    const first = lowerBound(order.length, (at) => this.keyOf(sort, order[at]!) < key);
    return direction === 'asc' ? first : first - 1;
  }

  private sortedBy(sort: ColumnSort): Uint32Array {
    return Uint32Array.from({ length: this.size }, (_, row) => row).sort((a, b) => {
      const [keyA, keyB] = [this.keyOf(sort, a), this.keyOf(sort, b)];
      return keyA < keyB ? -1 : Number(keyA > keyB);
    });
  }

  private keyOf(sort: ColumnSort, row: number): string | number {
    if (sort === 'name') return this.names[row]!;
    return (sort === 'price' ? this.prices : this.times)[row]!;
  }
}

const NO_ROWS = new Uint32Array(BLOCK_WORDS);

function bitsOf(products: readonly SampledProduct[], has: (product: SampledProduct) => boolean): Uint32Array {
  const rows = new Uint32Array(BLOCK_WORDS);
  products.forEach((product, row) => {
    if (has(product)) setBit(rows, row);
  });
  return rows;
}
