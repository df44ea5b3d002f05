/**
 * Some thousand products drawn at random, held in memory, that answer how many products of the whole catalogue match
 * and how far one has to read along a sort until a page is full: with all that is correlated in it, without a query.
 * Held by column, because every plan looks at all of it, and as bits like a block of the search index, whose size
 * it has at most.
 */
import { chordSquaredBetween, chordSquaredOf, toUnitVector, type UnitVector } from '../near/geography';
import type { Circle, ProductFilter } from '../product-listing';
import { or, BLOCK_WORDS, countBits, andNot, hasBit, and, keepIf, setBit } from '../search-index/bitset';
import type { IndexedProduct } from '../search-index/index-keys';
import type { ColumnSort } from '../search-index/abbreviated-keys';
import { lowerBound } from '../lower-bound';
import type { Segment, NameMatch } from './segment';
import { WordPostings } from './word-postings';

export interface SampledProduct extends Omit<IndexedProduct, 'id'> {
  /** Where its producer is; null where that is not known. */
  readonly position: UnitVector | null;
}

/** Rows of the sample that match, a bit each. */
export interface SampleMatch {
  readonly rows: Uint32Array;
  readonly count: number;
}

/** Fewer matches than this say little about how densely they lie. */
const MIN_TELLING_MATCHES = 8;
const NOWHERE: UnitVector = { x: NaN, y: NaN, z: NaN };

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
    /** Products in the catalogue. */
    readonly catalogueSize: number,
    /** Blocks of the search index. */
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
    this.positions = products.map(({ position }) => position ?? NOWHERE);
    for (const slug of new Set(products.map(({ category }) => category)))
      this.categories.set(
        slug,
        bitsOf(products, ({ category }) => category === slug),
      );
    this.order = { price: this.sortedBy('price'), name: this.sortedBy('name'), createdAt: this.sortedBy('createdAt') };
  }

  /** Products of the catalogue that each product of the sample stands for. */
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
    if (filter.near !== undefined) this.storeInL1(rows, filter.near);
    return { rows, count: countBits(rows) };
  }

  /** How many products of the catalogue match, about. */
  expected(match: SampleMatch): number {
    return Math.round(match.count * this.scale);
  }

  /**
   * Rows to read along a sort, within a category where one is given, until so many matches are found: from the
   * part's start, in its direction. A stretch without any match at the beginning is counted as it is seen.
   */
  scanLength(segment: Segment, { rows }: SampleMatch, category: string | undefined, wanted: number): number {
    if (segment.sort === 'distance') return Infinity;
    const order = this.order[segment.sort];
    const scannedRows = this.scannedRows(segment, category);
    const step = segment.direction === 'asc' ? 1 : -1;
    let passed = 0;
    let found = 0;
    let firstAt = 0;
    for (let at = this.startOf(segment, segment.sort); at >= 0 && at < order.length; at += step) {
      const row = order[at]!;
      if (!hasBit(scannedRows, row)) continue;
      passed += 1;
      if (!hasBit(rows, row)) continue;
      found += 1;
      if (found === 1) firstAt = passed;
      if (found >= MIN_TELLING_MATCHES && found * this.scale >= wanted) break;
    }
    if (found * this.scale < wanted) return passed * this.scale;
    const rowsPerMatch = passed / found;
    const emptyFront = Math.max(0, firstAt - 3 * rowsPerMatch) * this.scale;
    return emptyFront + wanted * rowsPerMatch;
  }

  /** Rows that a walk comes by: it keeps to the category, and to the prices where it goes along them. */
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

  private storeInL1(rows: Uint32Array, near: Circle): void {
    const centre = toUnitVector(near);
    const reach = chordSquaredOf(near.radiusKm);
    keepIf(rows, (row) => chordSquaredBetween(this.positions[row]!, centre) <= reach);
  }

  private keepByName(rows: Uint32Array, terms: readonly string[], nameMatch: 'all' | 'some-missing'): void {
    const named = this.all.slice();
    for (const term of terms) this.nameWords.keep(named, term);
    (nameMatch === 'all' ? and : andNot)(rows, named);
  }

  /** Where in the order of a sort a part begins to be read. */
  private startOf({ direction, after }: Segment, sort: ColumnSort): number {
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
