/**
 * Some thousand products drawn at random, held in memory, that answer how many products of the whole catalogue match
 * and how far one has to read along a sort until a page is full: with all that is correlated in it, without a query.
 */
import { chordSquaredBetween, chordSquaredOf, toUnitVector, type UnitVector } from '../near/geography';
import type { ProductFilter } from '../product-listing';
import type { ListPart, NameMatch } from './list-part';
import { WordPostings } from './word-postings';

export interface SampledProduct {
  readonly nameText: string;
  readonly searchText: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly createdAtMs: number;
  readonly stock: number;
  readonly producerId: number;
  /** Where its producer is; null where that is not known. */
  readonly position: UnitVector | null;
}

/** Rows of the sample that match, as flags by row. */
export interface SampleMatch {
  readonly flags: Uint8Array;
  readonly count: number;
}

type IndexedSort = 'price' | 'name' | 'createdAt';

/** Fewer matches than this say little about how densely they lie. */
const TELLING_MATCHES = 8;

export class CatalogueSample {
  private readonly words: WordPostings;
  private readonly nameWords: WordPostings;
  private readonly order: Readonly<Record<IndexedSort, Uint32Array>>;

  constructor(
    private readonly products: readonly SampledProduct[],
    /** Products in the catalogue. */
    readonly catalogueSize: number,
  ) {
    this.words = new WordPostings(products.map(({ searchText }) => searchText));
    this.nameWords = new WordPostings(products.map(({ nameText }) => nameText));
    this.order = { price: this.sortedBy('price'), name: this.sortedBy('name'), createdAt: this.sortedBy('createdAt') };
  }

  /** Products of the catalogue that each product of the sample stands for. */
  get scale(): number {
    return this.products.length === 0 ? 0 : this.catalogueSize / this.products.length;
  }

  match(filter: ProductFilter, nameMatch: NameMatch = 'any'): SampleMatch {
    const flags = Uint8Array.from(this.products, (product) => Number(passes(product, filter)));
    for (const term of filter.terms) this.words.keep(flags, term);
    if (nameMatch !== 'any') this.keepByName(flags, filter.terms, nameMatch);
    return { flags, count: flags.reduce((sum, flag) => sum + flag, 0) };
  }

  /** How many products of the catalogue match, about. */
  expected(match: SampleMatch): number {
    return Math.round(match.count * this.scale);
  }

  /**
   * Rows to read along a sort, within a category where one is given, until so many matches are found: from the
   * part's start, in its direction. A stretch without any match at the beginning is counted as it is seen.
   */
  walkLength(part: ListPart, match: SampleMatch, category: string | undefined, wanted: number): number {
    if (part.sort === 'distance') return Infinity;
    let passed = 0;
    let found = 0;
    let firstAt = 0;
    let isEnough = false;
    for (const row of this.rowsFrom(part.sort, part)) {
      if (!this.isPassed(row, part, category)) continue;
      passed += 1;
      if (match.flags[row] === 0) continue;
      found += 1;
      if (found === 1) firstAt = passed;
      isEnough = found >= TELLING_MATCHES && found * this.scale >= wanted;
      if (isEnough) break;
    }
    if (!isEnough && found * this.scale < wanted) return passed * this.scale;
    const rowsPerMatch = passed / found;
    const emptyFront = Math.max(0, firstAt - 3 * rowsPerMatch) * this.scale;
    return emptyFront + wanted * rowsPerMatch;
  }

  private keepByName(flags: Uint8Array, terms: readonly string[], nameMatch: 'all' | 'some-missing'): void {
    const named = new Uint8Array(flags.length).fill(1);
    for (const term of terms) this.nameWords.keep(named, term);
    const wanted = nameMatch === 'all' ? 1 : 0;
    for (let row = 0; row < flags.length; row++) if (named[row] !== wanted) flags[row] = 0;
  }

  /** Whether a walk comes by: it keeps to the category, and to the prices where it goes along them. */
  private isPassed(row: number, { sort, filter }: ListPart, category: string | undefined): boolean {
    const product = this.products[row]!;
    if (category !== undefined && product.category !== category) return false;
    return sort !== 'price' || isPricedWithin(product, filter);
  }

  private *rowsFrom(sort: IndexedSort, { direction, beyond }: ListPart): Generator<number> {
    const order = this.order[sort];
    const start = beyond === undefined ? undefined : this.firstFrom(sort, beyond[0]!);
    if (direction === 'asc') for (let at = start ?? 0; at < order.length; at++) yield order[at]!;
    else for (let at = (start ?? order.length) - 1; at >= 0; at--) yield order[at]!;
  }

  private firstFrom(sort: IndexedSort, key: string | number): number {
    const order = this.order[sort];
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keyOf(sort, order[middle]!) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sortedBy(sort: IndexedSort): Uint32Array {
    const rows = Uint32Array.from(this.products.keys());
    return rows.sort((a, b) => {
      const [keyA, keyB] = [this.keyOf(sort, a), this.keyOf(sort, b)];
      return keyA < keyB ? -1 : Number(keyA > keyB);
    });
  }

  private keyOf(sort: IndexedSort, row: number): string | number {
    const product = this.products[row]!;
    return { price: product.priceMinor, name: product.nameText, createdAt: product.createdAtMs }[sort];
  }
}

function passes(product: SampledProduct, filter: ProductFilter): boolean {
  return (
    (filter.categories.length === 0 || filter.categories.includes(product.category)) &&
    isPricedWithin(product, filter) &&
    (filter.inStock === undefined || product.stock > 0 === filter.inStock) &&
    (filter.producerId === undefined || filter.producerId === product.producerId) &&
    (filter.near === undefined || isNear(product, filter.near))
  );
}

function isPricedWithin(
  { priceMinor }: SampledProduct,
  { minPriceMinor = 0, maxPriceMinor = Infinity }: ProductFilter,
) {
  return priceMinor >= minPriceMinor && priceMinor <= maxPriceMinor;
}

function isNear({ position }: SampledProduct, near: NonNullable<ProductFilter['near']>): boolean {
  return position !== null && chordSquaredBetween(position, toUnitVector(near)) <= chordSquaredOf(near.radiusKm);
}
