import { BLOCK_IDS, blockOf } from '../blocks/block';
import { ColumnBlock } from '../blocks/column-block';
import { lowerBound } from '../blocks/lower-bound';

const COLUMN_BYTES = 4 * BLOCK_IDS;
const ORDER_BYTES = 2 * BLOCK_IDS;

/** One in this many values of a sorted block is sampled as a quantile of the whole column. */
const VALUES_PER_QUANTILE = 1_024;
const GOLDEN_RATIO = 0.618_034;

/**
 * A column: a 32-bit value per id, by which ids are filtered and sorted without reading their rows. Stored by block,
 * little-endian; 0 if the id has no value. A block has 8,192 values, from 0 to 2³² − 1. Each block is sorted when an
 * order of its values is first needed, or in advance by `sort`.
 *
 * With a block that `withValues(undefined, [[1, 500], [2, 300]])` returned, `valuesOf` ids 1, 2 and 3 → 500, 300 and 0.
 */
export class Column {
  private readonly blocks = new Map<number, ColumnBlock>();
  private quantiles: Uint32Array | undefined;

  /** Returns the values of a block; undefined if none are stored. */
  block(block: number): ColumnBlock | undefined {
    return this.blocks.get(block);
  }

  /** Values of these ids; 0 if an id has none. Fastest if ids of one block are adjacent. */
  valuesOf(ids: Float64Array): Uint32Array {
    const result = new Uint32Array(ids.length);
    let current = -1;
    let values: Uint32Array | undefined;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      const block = blockOf(id);
      if (block !== current) [current, values] = [block, this.blocks.get(block)?.values];
      result[at] = values?.[id % BLOCK_IDS] ?? 0;
    }
    return result;
  }

  /** Stores or replaces a block. Throws RangeError if `stored` is shorter than 8,192 values of four bytes. */
  store(block: number, stored: DataView): void {
    this.blocks.set(block, ColumnBlock.read(stored));
  }

  /** Returns a column of the other blocks, which both columns then share; sorted blocks stay sorted. */
  withoutBlocks(blocks: ReadonlySet<number>): Column {
    const rest = new Column();
    for (const [block, values] of this.blocks) if (!blocks.has(block)) rest.blocks.set(block, values);
    return rest;
  }

  /** Bytes in memory, including the sort order even if it is not computed yet. */
  get byteLength(): number {
    return this.blocks.size * (COLUMN_BYTES + ORDER_BYTES);
  }

  /** Number of ids that the blocks have room for. */
  get capacity(): number {
    return this.blocks.size * BLOCK_IDS;
  }

  /** Counts the ids with a value within the bounds, both inclusive; ids without a value count as 0. */
  countBetween(lowest: number, highest: number): number {
    let count = 0;
    for (const block of this.blocks.values()) count += block.countBelow(highest + 1) - block.countBelow(lowest);
    return count;
  }

  /**
   * Returns the value that is about `ids` ids after this one in a direction; undefined if about that many do not follow.
   * It is a quantile of a sample: the number of ids between the two values differs from `ids` by at most 1,024 per block
   * of the column, and 1,024. In block 0 with the values 0 to 8,191, 1,000 ids after value 2,000 → 3,072.
   */
  valueAfter(value: number, ids: number, direction: 'asc' | 'desc'): number | undefined {
    const quantiles = (this.quantiles ??= this.sampleQuantiles());
    const steps = Math.ceil(ids / VALUES_PER_QUANTILE);
    if (direction === 'asc') return quantiles[lowerBound(quantiles.length, (at) => quantiles[at]! < value) + steps];
    return quantiles[lowerBound(quantiles.length, (at) => quantiles[at]! <= value) - 1 - steps];
  }

  private sampleQuantiles(): Uint32Array {
    const quantiles: number[] = [];
    for (const [block, { values, order }] of this.blocks)
      for (let rank = firstQuantileOf(block); rank < BLOCK_IDS; rank += VALUES_PER_QUANTILE)
        quantiles.push(values[order[rank]!]!);
    return Uint32Array.from(quantiles).sort();
  }

  /** Sorts the blocks in advance, one per step. */
  *sort(): Generator<Uint16Array, void> {
    for (const { order } of this.blocks.values()) yield order;
  }
}

/** Differs between blocks: they are much alike, and their quantiles should not coincide. */
function firstQuantileOf(block: number): number {
  return Math.floor(((block * GOLDEN_RATIO) % 1) * VALUES_PER_QUANTILE);
}

/**
 * Returns a block of a column with these values changed, or a new one; its 8,192 values are little-endian. The ids must
 * be of one block. Values are whole numbers from 0 to 2³² − 1. Throws RangeError if `stored` is longer than a block.
 *
 * No block, `[[8_193, 500]]` → 32 KiB, of which bytes 4 to 7 are `f4 01 00 00`.
 */
export function withValues(stored: DataView | undefined, changed: readonly (readonly [id: number, value: number])[]) {
  const bytes = new Uint8Array(COLUMN_BYTES);
  if (stored !== undefined) bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  const view = new DataView(bytes.buffer);
  for (const [id, value] of changed) view.setUint32(4 * (id % BLOCK_IDS), value, true);
  return bytes;
}
