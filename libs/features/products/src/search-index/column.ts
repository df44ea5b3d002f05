/**
 * What is decided on ids without reading their rows: a number of 32 bits for every product, of each thing that lists
 * are sorted or filtered by and that there are no sets for. Stored by block, little-endian; 0 where there is no product.
 */
import { lowerBound } from '../lower-bound';
import { BLOCK_IDS, blockOf } from './block';
import { ColumnBlock } from './column-block';
import type { IndexedProduct } from './index-keys';
import { nameFingerprintOf } from './name-fingerprint';
import { abbreviatedKeyOf, type ColumnSort } from './abbreviated-keys';

/** The codes of the sorts (those of prices are the prices themselves), which name it is, and who the producer is. */
export type ColumnName = ColumnSort | 'nameHigh' | 'nameLow' | 'producer';
export const COLUMNS: readonly ColumnName[] = ['price', 'name', 'nameHigh', 'nameLow', 'createdAt', 'producer'];

const COLUMN_BYTES = 4 * BLOCK_IDS;
const ORDER_BYTES = 2 * BLOCK_IDS;

/** Every so many values of a block in order one is taken, to know how they lie in the whole column. */
const VALUES_PER_QUANTILE = 1_024;
const GOLDEN_RATIO = 0.618_034;

export function columnKey(column: ColumnName): string {
  return `column:${column}`;
}

export function valueIn(column: ColumnName, product: IndexedProduct): number {
  switch (column) {
    case 'producer':
      return product.producerId;
    case 'price':
      return abbreviatedKeyOf('price', product.priceMinor);
    case 'name':
      return abbreviatedKeyOf('name', product.nameText);
    case 'nameHigh':
      return nameFingerprintOf(product.nameText).high;
    case 'nameLow':
      return nameFingerprintOf(product.nameText).low;
    case 'createdAt':
      return abbreviatedKeyOf('createdAt', product.createdAtMs);
  }
}

export class Column {
  private readonly blocks = new Map<number, ColumnBlock>();
  private quantiles: Uint32Array | undefined;

  block(block: number): ColumnBlock | undefined {
    return this.blocks.get(block);
  }

  /** Of each of these ids; 0 where there is no such product. Quickest where ids of one block stand together. */
  valuesOf(ids: Float64Array): Uint32Array {
    const found = new Uint32Array(ids.length);
    let current = -1;
    let values: Uint32Array | undefined;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      const block = blockOf(id);
      if (block !== current) [current, values] = [block, this.blocks.get(block)?.values];
      found[at] = values?.[id % BLOCK_IDS] ?? 0;
    }
    return found;
  }

  store(block: number, stored: DataView): void {
    this.blocks.set(block, ColumnBlock.read(stored));
  }

  /** The same blocks but these; what is sorted already stays so. */
  withoutBlocks(blocks: ReadonlySet<number>): Column {
    const rest = new Column();
    for (const [block, values] of this.blocks) if (!blocks.has(block)) rest.blocks.set(block, values);
    return rest;
  }

  /** Sorted, as it is or may become. */
  get byteLength(): number {
    return this.blocks.size * (COLUMN_BYTES + ORDER_BYTES);
  }

  /** How many ids there may be. */
  get capacity(): number {
    return this.blocks.size * BLOCK_IDS;
  }

  /** How many products have a value between these, both included. */
  countBetween(lowest: number, highest: number): number {
    let count = 0;
    for (const block of this.blocks.values()) count += block.countBelow(highest + 1) - block.countBelow(lowest);
    return count;
  }

  /** The value about so many products further up or down; undefined where there are not so many left. */
  valueBeyond(value: number, products: number, direction: 'asc' | 'desc'): number | undefined {
    const marks = (this.quantiles ??= this.sampleQuantiles());
    const steps = Math.ceil(products / VALUES_PER_QUANTILE);
    if (direction === 'asc') return marks[lowerBound(marks.length, (at) => marks[at]! < value) + steps];
    return marks[lowerBound(marks.length, (at) => marks[at]! <= value) - 1 - steps];
  }

  private sampleQuantiles(): Uint32Array {
    const marks: number[] = [];
    for (const [block, { values, order }] of this.blocks)
      for (let rank = firstQuantileOf(block); rank < BLOCK_IDS; rank += VALUES_PER_QUANTILE)
        marks.push(values[order[rank]!]!);
    return Uint32Array.from(marks).sort();
  }

  /** Sorts its blocks ahead of whoever needs them, one a step. */
  *sort(): Generator<Uint16Array, void> {
    for (const { order } of this.blocks.values()) yield order;
  }
}

/** Another one for each block: blocks are much alike, and their marks should not fall together. */
function firstQuantileOf(block: number): number {
  return Math.floor(((block * GOLDEN_RATIO) % 1) * VALUES_PER_QUANTILE);
}

/** A block of a column with these values changed; from nothing where it has none yet. */
export function withValues(stored: DataView | undefined, changed: readonly (readonly [id: number, value: number])[]) {
  const bytes = new Uint8Array(COLUMN_BYTES);
  if (stored !== undefined) bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  const session = new DataView(bytes.buffer);
  for (const [id, value] of changed) session.setUint32(4 * (id % BLOCK_IDS), value, true);
  return bytes;
}
