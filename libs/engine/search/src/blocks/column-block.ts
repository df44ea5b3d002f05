/** A block of a column: a value for every id, and their sort order, which is computed when it is first needed. */
import { BLOCK_IDS } from './block';
import { lowerBound } from './lower-bound';

export class ColumnBlock {
  private cachedOrder: Uint16Array | undefined;

  constructor(readonly values: Uint32Array) {}

  static read(stored: DataView): ColumnBlock {
    const values = new Uint32Array(BLOCK_IDS);
    for (let at = 0; at < BLOCK_IDS; at++) values[at] = stored.getUint32(4 * at, true);
    return new ColumnBlock(values);
  }

  /** Offsets of all ids, by value and then by id. Computing them takes half a millisecond, once. */
  get order(): Uint16Array {
    return (this.cachedOrder ??= orderOf(this.values));
  }

  /** Offsets of the ids whose values are within the bounds, both inclusive; in order. */
  offsetsBetween(lowest: number, highest: number): Uint16Array {
    return this.order.subarray(this.countBelow(lowest), this.countBelow(highest + 1));
  }

  countBelow(value: number): number {
    const { order, values } = this;
    return lowerBound(BLOCK_IDS, (at) => values[order[at]!]! < value);
  }
}

/** A 32-bit value and a 13-bit offset fit one number, and numbers are sorted without a comparison function. */
function orderOf(values: Uint32Array): Uint16Array {
  const keys = new Float64Array(BLOCK_IDS);
  for (let offset = 0; offset < BLOCK_IDS; offset++) keys[offset] = values[offset]! * BLOCK_IDS + offset;
  keys.sort();
  const order = new Uint16Array(BLOCK_IDS);
  for (let rank = 0; rank < BLOCK_IDS; rank++) order[rank] = keys[rank]! % BLOCK_IDS;
  return order;
}
