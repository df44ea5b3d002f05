import {
  BLOCK_WORDS,
  and,
  andNot,
  bitsIn,
  countBits,
  hasBit,
  keepBetween,
  keepIf,
  keepListed,
  offsetOf,
  or,
  setBit,
} from '../blocks/bitset';
import { BLOCK_IDS, blockOf } from '../blocks/block';
import type { ColumnBlock } from '../blocks/column-block';
import { BLOCK_BYTES, orContainer } from '../blocks/container';
import type { Column } from './column';
import { KeyedIdList, type KeyedIds } from './keyed-ids';

/** Bytes of a typed array and its map entry. */
const BLOCK_OVERHEAD_BYTES = 200;

/**
 * A set of ids as bitsets, in blocks of 8,192 ids. A block takes 1 KiB, so a set among a million ids takes at most
 * 122 KiB, and two sets are intersected in microseconds. Blocks to which no id was added are not stored. Ids are whole
 * numbers from 0 to `Number.MAX_SAFE_INTEGER`; others are not refused, and corrupt the set.
 *
 * `IdSet.intersectionOf([IdSet.of([1, 2, 9_000]), IdSet.of([2, 9_000])]).toArray()` → `[2, 9_000]`.
 */
export class IdSet {
  private readonly blocks = new Map<number, Uint32Array>();
  private lastAdded = -1;
  private isAscending = true;

  /** Returns a set of ids in any order, possibly repeated. */
  static of(ids: Iterable<number>): IdSet {
    const set = new IdSet();
    for (const id of ids) set.add(id);
    return set;
  }

  add(id: number): void {
    setBit(this.wordsOf(blockOf(id)), id % BLOCK_IDS);
  }

  has(id: number): boolean {
    const words = this.blocks.get(blockOf(id));
    return words !== undefined && hasBit(words, id % BLOCK_IDS);
  }

  /** Bitset of a block, which callers modify in place; creates it if it is missing. */
  private wordsOf(block: number): Uint32Array {
    const present = this.blocks.get(block);
    if (present !== undefined) return present;
    const words = new Uint32Array(BLOCK_WORDS);
    this.putBlock(block, words);
    return words;
  }

  private putBlock(block: number, words: Uint32Array): void {
    this.isAscending &&= block > this.lastAdded;
    this.lastAdded = block;
    this.blocks.set(block, words);
  }

  /** Returns a new set of the ids that are in all sets, which stay unchanged; an empty set if there are none. */
  static intersectionOf([first = new IdSet(), ...others]: readonly IdSet[]): IdSet {
    const intersection = new IdSet();
    const common = [...first.ascendingBlocks()].filter(([block]) => others.every((other) => other.blocks.has(block)));
    // One buffer for all blocks: thousands of small ones would burden the garbage collector.
    const memory = new Uint32Array(common.length * BLOCK_WORDS);
    common.forEach(([block, words], at) => {
      const kept = memory.subarray(at * BLOCK_WORDS, (at + 1) * BLOCK_WORDS);
      kept.set(words);
      for (const other of others) and(kept, other.blocks.get(block)!);
      intersection.putBlock(block, kept);
    });
    return intersection;
  }

  /** Returns a new set of the ids that are in any set; but a single set is returned as it is, not copied. */
  static unionOf(sets: readonly IdSet[]): IdSet {
    if (sets.length === 1) return sets[0]!;
    const union = new IdSet();
    for (const set of sets) for (const [block, words] of set.blocks) or(union.wordsOf(block), words);
    return union;
  }

  /** Removes the ids of another set, and returns this one: `[1, 2, 3]` without `[2, 4]` → `[1, 3]`. */
  subtract(other: IdSet): this {
    for (const [block, words] of this.blocks) {
      const others = other.blocks.get(block);
      if (others !== undefined) andNot(words, others);
    }
    return this;
  }

  /** Keeps the ids whose value in a column is within the bounds, both inclusive; removes ids of blocks without values. */
  keepBetween(column: Column, lowest: number, highest: number): void {
    this.keep(column, (words, values) => keepBetween(words, values, lowest, highest));
  }

  /** Keeps the ids whose value in a column is a set bit of `list`, whose last word is 0. */
  keepListed(column: Column, list: Uint32Array): void {
    this.keep(column, (words, values) => keepListed(words, values, list));
  }

  /** Keeps the ids whose value in a column passes a test. */
  keepValues(column: Column, isKept: (value: number) => boolean): void {
    this.keep(column, (words, { values }) => keepIf(words, (offset) => isKept(values[offset]!)));
  }

  /** Removes the ids of blocks without values. */
  private keep(column: Column, keepIn: (words: Uint32Array, values: ColumnBlock) => void): void {
    for (const [block, words] of this.blocks) {
      const values = column.block(block);
      if (values === undefined) this.blocks.delete(block);
      else keepIn(words, values);
    }
  }

  /** Returns all ids, ascending, with their values in a column, except ids of blocks without values. */
  keyedBy(column: Column): KeyedIds {
    const keyed = new KeyedIdList();
    for (const [block, words] of this.ascendingBlocks()) {
      const values = column.block(block)?.values;
      if (values === undefined) continue;
      for (let at = 0; at < BLOCK_WORDS; at++)
        for (let word = words[at]!; word !== 0; word &= word - 1) {
          const offset = offsetOf(at, word);
          keyed.push(values[offset]!, block * BLOCK_IDS + offset);
        }
    }
    return keyed.toKeyedIds();
  }

  /**
   * Returns the ids whose values are within the bounds, both inclusive, without testing the others. They are in order of
   * block, then value, then id: values 7, 5 and 9 of ids 1, 2 and 3, bounds 5 and 7 → keys `[5, 7]`, ids `[2, 1]`.
   */
  keyedBetween(column: Column, lowest: number, highest: number): KeyedIds {
    const keyed = new KeyedIdList();
    for (const [block, words] of this.ascendingBlocks()) {
      const sorted = column.block(block);
      if (sorted === undefined) continue;
      keyed.pushMembers(sorted.offsetsBetween(lowest, highest), words, sorted.values, block * BLOCK_IDS);
    }
    return keyed.toKeyedIds();
  }

  /** Returns a set of the other blocks, whose bitsets both sets then share. */
  withoutBlocks(blocks: ReadonlySet<number>): IdSet {
    const rest = new IdSet();
    for (const [block, words] of this.blocks) if (!blocks.has(block)) rest.putBlock(block, words);
    return rest;
  }

  /** Adds the ids of a stored container. Throws RangeError if its length is odd. */
  store(block: number, stored: DataView): void {
    orContainer(this.wordsOf(block), stored);
  }

  /** Bytes in memory, including those of the map. */
  get byteLength(): number {
    return this.blocks.size * (BLOCK_BYTES + BLOCK_OVERHEAD_BYTES);
  }

  /** Number of stored blocks, some of which may have lost all their ids. */
  get blockCount(): number {
    return this.blocks.size;
  }

  /** Counts the ids. */
  count(): number {
    let count = 0;
    for (const words of this.blocks.values()) count += countBits(words);
    return count;
  }

  /**
   * Returns the ids at these ranks, which must be ascending and distinct; rank 0 is the lowest id. Ranks beyond the last
   * id are omitted: ids `[5, 8, 9]`, ranks `[0, 2, 7]` → `[5, 9]`.
   */
  at(ranks: readonly number[]): number[] {
    const ids: number[] = [];
    let passed = 0;
    for (const [block, words] of this.ascendingBlocks()) {
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

  /** Returns the ids in ascending order. */
  toArray(): number[] {
    const ids: number[] = [];
    for (const [block, words] of this.ascendingBlocks())
      for (let at = 0; at < BLOCK_WORDS; at++)
        for (let word = words[at]!; word !== 0; word &= word - 1) ids.push(block * BLOCK_IDS + offsetOf(at, word));
    return ids;
  }

  /** Returns the blocks in ascending order, which they usually are in already. */
  private ascendingBlocks(): Iterable<[block: number, words: Uint32Array]> {
    return this.isAscending ? this.blocks : [...this.blocks].sort(([a], [b]) => a - b);
  }
}
