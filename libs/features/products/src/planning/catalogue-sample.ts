/**
 * Some thousand products drawn at random, held in memory, that answer how many products of the whole catalogue match
 * and how far one has to read along a sort until a page is full: with all that is correlated in it, without a query.
 * Held by column, because every plan looks at all of it.
 */
import { chordSquaredBetween, chordSquaredOf, toUnitVector, type UnitVector } from '../near/geography';
import type { Circle, ProductFilter } from '../product-listing';
import type { IndexedProduct } from '../search-index/index-keys';
import type { CodedSort } from '../search-index/sort-codes';
import { firstFrom } from '../first-from';
import type { ListPart, NameMatch } from './list-part';
import { WordPostings } from './word-postings';

export interface SampledProduct extends Omit<IndexedProduct, 'id'> {
  /** Where its producer is; null where that is not known. */
  readonly position: UnitVector | null;
}

/** Rows of the sample that match: 1 by row, else 0. */
export interface SampleMatch {
  readonly flags: Uint8Array;
  readonly count: number;
}

/** Fewer matches than this say little about how densely they lie. */
const TELLING_MATCHES = 8;
const NOWHERE: UnitVector = { x: NaN, y: NaN, z: NaN };

export class CatalogueSample {
  private readonly size: number;
  private readonly words: WordPostings;
  private readonly nameWords: WordPostings;
  private readonly categories = new Map<string, Uint8Array>();
  private readonly prices: Float64Array;
  private readonly times: Float64Array;
  private readonly names: readonly string[];
  private readonly producerIds: Float64Array;
  private readonly inStock: Uint8Array;
  private readonly positions: readonly UnitVector[];
  private readonly order: Readonly<Record<CodedSort, Uint32Array>>;

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
    this.inStock = Uint8Array.from(products, ({ stock }) => Number(stock > 0));
    this.positions = products.map(({ position }) => position ?? NOWHERE);
    products.forEach(({ category }, row) => {
      this.flagsOfCategory(category)[row] = 1;
    });
    this.order = { price: this.sortedBy('price'), name: this.sortedBy('name'), createdAt: this.sortedBy('createdAt') };
  }

  /** Products of the catalogue that each product of the sample stands for. */
  get scale(): number {
    return this.size === 0 ? 0 : this.catalogueSize / this.size;
  }

  match(filter: ProductFilter, nameMatch: NameMatch = 'any'): SampleMatch {
    const flags = filter.categories.length === 0 ? new Uint8Array(this.size).fill(1) : this.ofAnyCategory(filter);
    keepPrices(flags, this.prices, filter);
    if (filter.inStock !== undefined) keepEqual(flags, this.inStock, Number(filter.inStock));
    if (filter.producerId !== undefined) keepEqual(flags, this.producerIds, filter.producerId);
    if (filter.near !== undefined) this.keepNear(flags, filter.near);
    for (const term of filter.terms) this.words.keep(flags, term);
    if (nameMatch !== 'any') this.keepByName(flags, filter.terms, nameMatch);
    let count = 0;
    for (const flag of flags) count += flag;
    return { flags, count };
  }

  /** How many products of the catalogue match, about. */
  expected(match: SampleMatch): number {
    return Math.round(match.count * this.scale);
  }

  /**
   * Rows to read along a sort, within a category where one is given, until so many matches are found: from the
   * part's start, in its direction. A stretch without any match at the beginning is counted as it is seen.
   */
  walkLength(part: ListPart, { flags }: SampleMatch, category: string | undefined, wanted: number): number {
    if (part.sort === 'distance') return Infinity;
    const order = this.order[part.sort];
    const comesBy = this.comesBy(part, category);
    const step = part.direction === 'asc' ? 1 : -1;
    let passed = 0;
    let found = 0;
    let firstAt = 0;
    for (let at = this.startOf(part, part.sort); at >= 0 && at < order.length; at += step) {
      const row = order[at]!;
      if (comesBy[row] !== 1) continue;
      passed += 1;
      if (flags[row] === 0) continue;
      found += 1;
      if (found === 1) firstAt = passed;
      if (found >= TELLING_MATCHES && found * this.scale >= wanted) break;
    }
    if (found * this.scale < wanted) return passed * this.scale;
    const rowsPerMatch = passed / found;
    const emptyFront = Math.max(0, firstAt - 3 * rowsPerMatch) * this.scale;
    return emptyFront + wanted * rowsPerMatch;
  }

  /** Rows that a walk comes by: it keeps to the category, and to the prices where it goes along them. */
  private comesBy({ sort, filter }: ListPart, category: string | undefined): Uint8Array {
    const flags =
      category === undefined ? new Uint8Array(this.size).fill(1) : (this.categories.get(category)?.slice() ?? NO_ROWS);
    if (sort === 'price') keepPrices(flags, this.prices, filter);
    return flags;
  }

  private ofAnyCategory({ categories }: ProductFilter): Uint8Array {
    const flags = new Uint8Array(this.size);
    for (const slug of categories) {
      const ofCategory = this.categories.get(slug);
      if (ofCategory === undefined) continue;
      for (let row = 0; row < flags.length; row++) flags[row] = flags[row]! | ofCategory[row]!;
    }
    return flags;
  }

  private keepNear(flags: Uint8Array, near: Circle): void {
    const centre = toUnitVector(near);
    const reach = chordSquaredOf(near.radiusKm);
    for (let row = 0; row < this.size; row++)
      if (!(chordSquaredBetween(this.positions[row]!, centre) <= reach)) flags[row] = 0;
  }

  private keepByName(flags: Uint8Array, terms: readonly string[], nameMatch: 'all' | 'some-missing'): void {
    const named = new Uint8Array(this.size).fill(1);
    for (const term of terms) this.nameWords.keep(named, term);
    keepEqual(flags, named, nameMatch === 'all' ? 1 : 0);
  }

  /** Where in the order of a sort a part begins to be read. */
  private startOf({ direction, beyond }: ListPart, sort: CodedSort): number {
    if (beyond === undefined) return direction === 'asc' ? 0 : this.size - 1;
    const [key] = beyond as [string | number];
    const order = this.order[sort];
    const first = firstFrom(order.length, (at) => this.keyOf(sort, order[at]!) < key);
    return direction === 'asc' ? first : first - 1;
  }

  private sortedBy(sort: CodedSort): Uint32Array {
    return Uint32Array.from({ length: this.size }, (_, row) => row).sort((a, b) => {
      const [keyA, keyB] = [this.keyOf(sort, a), this.keyOf(sort, b)];
      return keyA < keyB ? -1 : Number(keyA > keyB);
    });
  }

  private keyOf(sort: CodedSort, row: number): string | number {
    if (sort === 'name') return this.names[row]!;
    return (sort === 'price' ? this.prices : this.times)[row]!;
  }

  private flagsOfCategory(slug: string): Uint8Array {
    const present = this.categories.get(slug);
    if (present !== undefined) return present;
    const flags = new Uint8Array(this.size);
    this.categories.set(slug, flags);
    return flags;
  }
}

const NO_ROWS = new Uint8Array();

function keepPrices(flags: Uint8Array, prices: Float64Array, filter: ProductFilter): void {
  const { minPriceMinor = 0, maxPriceMinor = Infinity } = filter;
  if (minPriceMinor === 0 && maxPriceMinor === Infinity) return;
  for (let row = 0; row < flags.length; row++)
    if (prices[row]! < minPriceMinor || prices[row]! > maxPriceMinor) flags[row] = 0;
}

function keepEqual(flags: Uint8Array, values: Uint8Array | Float64Array, value: number): void {
  for (let row = 0; row < flags.length; row++) if (values[row] !== value) flags[row] = 0;
}
