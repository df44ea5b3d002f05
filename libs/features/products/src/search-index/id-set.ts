/**
 * Sets of product ids as bits, in blocks of 8,192 ids: a block of a set is 1 KiB, so the products of a million that
 * have a word are 122 KiB at most, and two sets meet in microseconds. Blocks without products are not held.
 */

export const BLOCK_IDS = 8_192;
export const BLOCK_BYTES = BLOCK_IDS / 8;
const BLOCK_WORDS = BLOCK_IDS / 32;

export function blockOf(id: number): number {
  return Math.floor(id / BLOCK_IDS);
}

export class IdSet {
  private readonly blocks = new Map<number, Uint32Array>();

  static of(ids: Iterable<number>): IdSet {
    const set = new IdSet();
    for (const id of ids) set.add(id);
    return set;
  }

  add(id: number): void {
    const offset = id % BLOCK_IDS;
    const words = this.wordsOf(blockOf(id));
    words[offset >>> 5] = words[offset >>> 5]! | (1 << (offset & 31));
  }

  has(id: number): boolean {
    const offset = id % BLOCK_IDS;
    const words = this.blocks.get(blockOf(id));
    return words !== undefined && (words[offset >>> 5]! & (1 << (offset & 31))) !== 0;
  }

  /** The bits of a block, to be filled in place. */
  wordsOf(block: number): Uint32Array {
    const present = this.blocks.get(block);
    if (present !== undefined) return present;
    const words = new Uint32Array(BLOCK_WORDS);
    this.blocks.set(block, words);
    return words;
  }

  /** Keeps what the other has too. */
  intersect(other: IdSet): this {
    for (const [block, words] of this.blocks) {
      const others = other.blocks.get(block);
      if (others === undefined) this.blocks.delete(block);
      else for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & others[at]!;
    }
    return this;
  }

  /** Drops what the other has. */
  subtract(other: IdSet): this {
    for (const [block, words] of this.blocks) {
      const others = other.blocks.get(block);
      if (others !== undefined) for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & ~others[at]!;
    }
    return this;
  }

  get blockCount(): number {
    return this.blocks.size;
  }

  count(): number {
    let count = 0;
    for (const words of this.blocks.values()) for (let at = 0; at < BLOCK_WORDS; at++) count += bitsIn(words[at]!);
    return count;
  }

  /** Calls with the block and the offset of each id in it, blocks in no order, ids of a block ascending. */
  forEach(visit: (block: number, offset: number) => void): void {
    for (const [block, words] of this.blocks) {
      for (let at = 0; at < BLOCK_WORDS; at++) {
        for (let word = words[at]!; word !== 0; word &= word - 1) {
          visit(block, offsetOf(at, word));
        }
      }
    }
  }

  /** The ids at these ranks, which must be ascending; rank 0 is the first in the order the set is held. */
  at(ranks: readonly number[]): number[] {
    const ids: number[] = [];
    let passed = 0;
    for (const [block, words] of this.blocks) {
      for (let at = 0; at < BLOCK_WORDS && ids.length < ranks.length; at++) {
        const bits = bitsIn(words[at]!);
        if (ranks[ids.length]! < passed + bits) {
          let rank = passed;
          for (let word = words[at]!; word !== 0; word &= word - 1, rank++)
            if (rank === ranks[ids.length]) ids.push(block * BLOCK_IDS + offsetOf(at, word));
        }
        passed += bits;
      }
    }
    return ids;
  }

  toArray(): number[] {
    const ids: number[] = [];
    this.forEach((block, offset) => ids.push(block * BLOCK_IDS + offset));
    return ids;
  }
}

/** The offset, in the block, of the lowest bit of a word. */
function offsetOf(at: number, word: number): number {
  return at * 32 + 31 - Math.clz32(word & -word);
}

/** Source: H. S. Warren, Hacker's Delight, 2nd ed., fig. 5-2. */
function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
