/**
 * In-memory sample of some thousand random products, from which the planner estimates selectivity and scan lengths
 * without a query. Correlations between columns are part of the sample. It is indexed like the catalogue, by postings
 * and columns, because every plan reads all of it; it has at most the rows of one block.
 */
import {
  isWordRange,
  valueIn,
  wholeKeysOf,
  type Circle,
  type ColumnName,
  type ColumnSort,
  type KeyRange,
} from '@catalogue';
import { and, andNot, BLOCK_WORDS, countBits, hasBit, keepIf, lowerBound, Postings, setBit } from '@engine/search';
import type { ColumnRange, Condition, FilteredProduct } from '../filters/filter';
import { conditionsOf, NO_FILTER } from '../filters/product-filters';
import { segmentConditions, type Segment } from '../query/segment';
import { ProducerPositions } from '../read/producer-positions';

/** Matching rows of the sample, one bit each. */
export interface SampleMatch {
  readonly rows: Uint32Array;
  readonly count: number;
}

/** With fewer matches, their density in the scan is not a reliable estimate. */
const MIN_RELIABLE_MATCHES = 8;

export class CatalogueSample {
  private readonly size: number;
  private readonly all: Uint32Array;
  private readonly postings: Postings;
  /** The id is the row of the product instead of that of its producer. */
  private readonly positions: ProducerPositions;
  private readonly columns = new Map<ColumnName, Uint32Array>();
  private readonly order: Readonly<Record<ColumnSort, Uint32Array>>;

  constructor(
    private readonly products: readonly FilteredProduct[],
    /** Number of products in the catalogue. */
    readonly catalogueSize: number,
    /** Number of blocks in the search index. */
    readonly blocks: number,
  ) {
    this.size = products.length;
    this.all = new Uint32Array(BLOCK_WORDS);
    products.forEach((_, row) => setBit(this.all, row));
    this.positions = new ProducerPositions(
      products.flatMap(({ position }, row) => (position === null ? [] : [{ id: row, ...position }])),
    );
    this.postings = new Postings(wholeKeysOfEach(products));
    this.order = { price: this.sortedBy('price'), name: this.sortedBy('name'), createdAt: this.sortedBy('createdAt') };
  }

  /** Catalogue products per sampled product. */
  get scale(): number {
    return this.size === 0 ? 0 : this.catalogueSize / this.size;
  }

  /** Evaluates conditions as the index does, by their sets, column ranges and circles. */
  match(conditions: readonly Condition[]): SampleMatch {
    const rows = this.all.slice();
    for (const { sets } of conditions) this.keepSets(rows, sets);
    for (const { range } of conditions) if (range !== undefined) this.keepRange(rows, range);
    for (const { circle } of conditions) if (circle !== undefined) this.keepInside(rows, circle);
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
    const isSet = hasBit; // the getter of a re-export costs more than the test of a bit
    let passed = 0;
    let matches = 0;
    let firstMatchAt = 0;
    for (let at = this.startIndexOf(segment, segment.sort); at >= 0 && at < order.length; at += step) {
      const row = order[at]!;
      if (!isSet(scannedRows, row)) continue;
      passed += 1;
      if (!isSet(rows, row)) continue;
      matches += 1;
      if (matches === 1) firstMatchAt = passed;
      if (matches >= MIN_RELIABLE_MATCHES && matches * this.scale >= wanted) break;
    }
    if (matches * this.scale < wanted) return passed * this.scale;
    const rowsPerMatch = passed / matches;
    const emptyFront = Math.max(0, firstMatchAt - 3 * rowsPerMatch) * this.scale;
    return emptyFront + wanted * rowsPerMatch;
  }

  /** Rows that an index scan passes: those of the category and of the ranges of the sort column. */
  private scannedRows(segment: Segment, category: string | undefined): Uint32Array {
    const ofCategory = conditionsOf({ ...NO_FILTER, categories: category === undefined ? [] : [category] });
    const ofSort = segmentConditions(segment).filter(({ range }) => range?.column === segment.sort);
    return this.match([...ofCategory, ...ofSort]).rows;
  }

  private keepSets(rows: Uint32Array, sets: Condition['sets']): void {
    for (const group of sets?.within ?? []) and(rows, this.unionOf(group));
    if (sets?.without === undefined) return;
    const excluded = this.all.slice();
    for (const group of sets.without) and(excluded, this.unionOf(group));
    andNot(rows, excluded);
  }

  private unionOf(group: readonly KeyRange[]): Uint32Array {
    const union = new Uint32Array(BLOCK_WORDS);
    for (const range of group)
      if (isWordRange(range)) this.postings.addRowsWithPrefix(range.from, union);
      else this.postings.addRowsOf(range.from, union);
    return union;
  }

  private keepRange(rows: Uint32Array, { column, lowest, highest }: ColumnRange): void {
    const values = this.valuesOf(column);
    keepIf(rows, (row) => values[row]! >= lowest && values[row]! <= highest);
  }

  private keepInside(rows: Uint32Array, circle: Circle): void {
    const inside = new Uint32Array(BLOCK_WORDS);
    for (const { id: row } of this.positions.within(circle)) setBit(inside, row);
    and(rows, inside);
  }

  private valuesOf(column: ColumnName): Uint32Array {
    const present = this.columns.get(column);
    if (present !== undefined) return present;
    const values = Uint32Array.from(this.products, (product) => valueIn(column, product));
    this.columns.set(column, values);
    return values;
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
    const product = this.products[row]!;
    if (sort === 'name') return product.nameText;
    return sort === 'price' ? product.priceMinor : product.createdAtMs;
  }
}

function* wholeKeysOfEach(products: readonly FilteredProduct[]): Generator<string[]> {
  for (const product of products) yield wholeKeysOf(product);
}
