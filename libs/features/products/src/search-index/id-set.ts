/**
 * Sets of product ids as bits, in blocks of 8,192 ids: a block of a set is 1 KiB, so the products of a million that
 * have a word are 122 KiB at most, and two sets meet in microseconds. Blocks without products are not held.
 */

import { BLOCK_IDS, blockOf } from './block';
import { BLOCK_BYTES, unite } from './posting';

const BLOCK_WORDS = BLOCK_IDS / 32;
const DENSE_BITS = 8;

/** A number for every id of a block, where the block has any. */
interface Values {
  valuesOf(block: number): Uint32Array | undefined;
}

/** Ids and a code of each, side by side. */
export interface CodedIds {
  readonly codes: Uint32Array;
  readonly ids: Float64Array;
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

  /** What is in all of them; a set of its own. */
  static intersectionOf([first = new IdSet(), ...others]: readonly IdSet[]): IdSet {
    const intersection = new IdSet();
    for (const [block, words] of first.blocks)
      if (others.every((other) => other.blocks.has(block))) intersection.blocks.set(block, words.slice());
    for (const [block, words] of intersection.blocks)
      for (const other of others) keepBits(words, other.blocks.get(block)!);
    return intersection;
  }

  /** What is in any of them; where there is but one, that one. */
  static unionOf(sets: readonly IdSet[]): IdSet {
    if (sets.length === 1) return sets[0]!;
    const union = new IdSet();
    for (const set of sets)
      for (const [block, words] of set.blocks) {
        const united = union.wordsOf(block);
        for (let at = 0; at < BLOCK_WORDS; at++) united[at] = united[at]! | words[at]!;
      }
    return union;
  }

  /** Drops what the other has. */
  subtract(other: IdSet): this {
    for (const [block, words] of this.blocks) {
      const others = other.blocks.get(block);
      if (others !== undefined) for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & ~others[at]!;
    }
    return this;
  }

  /** Keeps the ids whose value in a column lies between these, both included. */
  keepBetween(column: Values, lowest: number, highest: number): void {
    this.keepBits(column, (word, first, values) => bitsBetween(word, first, values, lowest, highest));
  }

  /** Keeps the ids whose value in a column is an index of the list at which there is no negative number. */
  keepListed(column: Values, list: Int32Array): void {
    this.keepBits(column, (word, first, values) => bitsListed(word, first, values, list));
  }

  /** An id that has no value is dropped. */
  private keepBits(column: Values, passing: (word: number, first: number, values: Uint32Array) => number): void {
    for (const [block, words] of this.blocks) {
      const values = column.valuesOf(block);
      if (values === undefined) this.blocks.delete(block);
      else
        for (let at = 0; at < BLOCK_WORDS; at++) if (words[at] !== 0) words[at] = passing(words[at]!, 32 * at, values);
    }
  }

  /** The ids, unordered, and their values in a column; an id that has none is left out. */
  codedBy(column: Values): CodedIds {
    const size = this.count();
    const codes = new Uint32Array(size);
    const ids = new Float64Array(size);
    let filled = 0;
    for (const [block, words] of this.blocks) {
      const values = column.valuesOf(block);
      if (values === undefined) continue;
      for (let at = 0; at < BLOCK_WORDS; at++)
        for (let word = words[at]!; word !== 0; word &= word - 1) {
          const offset = offsetOf(at, word);
          codes[filled] = values[offset]!;
          ids[filled++] = block * BLOCK_IDS + offset;
        }
    }
    return { codes: codes.subarray(0, filled), ids: ids.subarray(0, filled) };
  }

  /** The same blocks but these. */
  withoutBlocks(blocks: ReadonlySet<number>): IdSet {
    const rest = new IdSet();
    for (const [block, words] of this.blocks) if (!blocks.has(block)) rest.blocks.set(block, words);
    return rest;
  }

  /** Adds a stored block. */
  store(block: number, stored: DataView): void {
    unite(this.wordsOf(block), stored);
  }

  get byteLength(): number {
    return this.blocks.size * BLOCK_BYTES;
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

function keepBits(words: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & others[at]!;
}

/** Where many ids are left, every value is looked at: that has no branches to be guessed wrong. */
function bitsBetween(word: number, first: number, values: Uint32Array, lowest: number, highest: number): number {
  let passing = 0;
  if (bitsIn(word) < DENSE_BITS) {
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const value = values[first + offsetOf(0, rest)]!;
      if (value >= lowest && value <= highest) passing |= rest & -rest;
    }
    return passing;
  }
  for (let bit = 0; bit < 32; bit++) {
    const value = values[first + bit]!;
    passing |= (Number(value >= lowest) & Number(value <= highest)) << bit;
  }
  return passing & word;
}

function bitsListed(word: number, first: number, values: Uint32Array, list: Int32Array): number {
  let passing = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) {
    const value = values[first + offsetOf(0, rest)]!;
    if (value < list.length && list[value]! >= 0) passing |= rest & -rest;
  }
  return passing;
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
