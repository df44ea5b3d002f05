/** What a column has for a block: a value for every id, and in which order they stand once somebody needs it. */
import { lowerBound } from '../lower-bound';
import { BLOCK_IDS } from './block';

export class ColumnBlock {
  private sorted: Uint16Array | undefined;

  constructor(readonly values: Uint32Array) {}

  static read(stored: DataView): ColumnBlock {
    const values = new Uint32Array(BLOCK_IDS);
    for (let at = 0; at < BLOCK_IDS; at++) values[at] = stored.getUint32(4 * at, true);
    return new ColumnBlock(values);
  }

  /** The offsets of all ids by their values, and where those are equal by the id. Takes half a millisecond, once. */
  get order(): Uint16Array {
    return (this.sorted ??= orderOf(this.values));
  }

  /** The offsets of the ids whose values lie between these, both included; in order. */
  offsetsBetween(lowest: number, highest: number): Uint16Array {
    return this.order.subarray(this.countBelow(lowest), this.countBelow(highest + 1));
  }

  countBelow(value: number): number {
    const { order, values } = this;
    return lowerBound(BLOCK_IDS, (at) => values[order[at]!]! < value);
  }
}

/** A value of 32 bits and an offset of 13 fit a number, and numbers are sorted without a function that compares. */
function orderOf(values: Uint32Array): Uint16Array {
  const keys = new Float64Array(BLOCK_IDS);
  for (let offset = 0; offset < BLOCK_IDS; offset++) keys[offset] = values[offset]! * BLOCK_IDS + offset;
  keys.sort();
  const order = new Uint16Array(BLOCK_IDS);
  for (let rank = 0; rank < BLOCK_IDS; rank++) order[rank] = keys[rank]! % BLOCK_IDS;
  return order;
}
