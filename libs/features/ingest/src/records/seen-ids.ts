/**
 * Set of the ids that a file has contained so far, in 8 to 16 bytes each: 64 bits of their SHA-256, in a hash table
 * with open addressing. The probability of a collision among ten million ids is 3 · 10⁻⁶.
 */
import { hash } from 'node:crypto';

const INITIAL_SLOTS = 1_024;
const MAX_LOAD = 0.7;

export class SeenIds {
  private size = 0;
  /** 0 marks a free slot, so an id whose bits are all 0 always counts as new. */
  private slots = new BigUint64Array(INITIAL_SLOTS);

  /** Returns false if the id was added before. */
  add(id: string): boolean {
    const bits = hash('sha256', id, 'buffer').readBigUInt64LE(0);
    if (!insert(this.slots, bits)) return false;
    this.size += 1;
    if (this.size > this.slots.length * MAX_LOAD) this.grow();
    return true;
  }

  private grow(): void {
    const larger = new BigUint64Array(this.slots.length * 2);
    for (const bits of this.slots) if (bits !== 0n) insert(larger, bits);
    this.slots = larger;
  }
}

/** The number of slots is a power of two. */
function insert(slots: BigUint64Array, bits: bigint): boolean {
  let at = Number(bits & BigInt(slots.length - 1));
  while (slots[at] !== 0n) {
    if (slots[at] === bits) return false;
    at = (at + 1) % slots.length;
  }
  slots[at] = bits;
  return true;
}
