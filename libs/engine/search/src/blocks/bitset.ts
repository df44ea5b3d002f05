/**
 * Bitset (bitmap) of a block: one bit per id, in 32-bit words. The id at offset 37 is bit 5 of word 1. Functions of two
 * bitsets change the first in place. Lengths and offsets are not verified.
 */
import { BLOCK_IDS } from './block';
import type { ColumnBlock } from './column-block';

/** Number of words in the bitset of a block: 256, or 1 KiB. */
export const BLOCK_WORDS = BLOCK_IDS / 32;

const MAX_VALUE = 0xffff_ffff;

/** Scratch buffer of one block. */
const SCRATCH = new Uint32Array(BLOCK_WORDS);

/** Below this number each id is tested; from it on, whole runs of a sorted block are kept or cleared. */
const MANY_IDS = 512;

/** Sets the bit at an offset, which must be below 32 times the number of words: offset 33 → `[0, 0b10]`. */
export function setBit(words: Uint32Array, at: number): void {
  words[at >>> 5] = words[at >>> 5]! | (1 << (at & 31));
}

/** Returns true if the bit at an offset is set; false beyond the last word. */
export function hasBit(words: Uint32Array, at: number): boolean {
  return (words[at >>> 5]! & (1 << (at & 31))) !== 0;
}

/** Counts the set bits of the bitset of a block, from 0 to 8,192: `[0b101, 0, …]` → 2. */
export function countBits(words: Uint32Array): number {
  let count = 0;
  for (let at = 0; at < BLOCK_WORDS; at++) count += bitsIn(words[at]!);
  return count;
}

/** Clears the bits that are not set in `others` (intersection): `0b0110` and `0b0011` → `0b0010`. */
export function and(words: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & others[at]!;
}

/** Sets the bits that are set in `others` (union): `0b0110` and `0b0011` → `0b0111`. */
export function or(words: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! | others[at]!;
}

/** Clears the bits that are set in `others` (difference): `0b0110` and `0b0011` → `0b0100`. */
export function andNot(words: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < BLOCK_WORDS; at++) words[at] = words[at]! & ~others[at]!;
}

/** Keeps the ids whose value is within the bounds, both inclusive. */
export function keepBetween(words: Uint32Array, column: ColumnBlock, lowest: number, highest: number): void {
  if (countBits(words) >= MANY_IDS) keepRun(words, column, lowest, highest);
  else keepIf(words, (offset) => column.values[offset]! >= lowest && column.values[offset]! <= highest);
}

/** Keeps the ids whose value is a set bit of `list`, whose last word is 0. */
export function keepListed(words: Uint32Array, column: ColumnBlock, list: Uint32Array): void {
  if (countBits(words) >= MANY_IDS) keepEachListed(words, column, list);
  else keepIf(words, (offset) => isListed(list, column.values[offset]!));
}

/**
 * Returns true if a value from 0 to 2³² − 1 is a set bit of `list`, which may have any length, but whose last word is 0:
 * list `[0b100, 0]` contains 2, and neither 3 nor 1,000.
 */
export function isListed(list: Uint32Array, value: number): boolean {
  return hasBit(list, Math.min(value, 32 * list.length - 1));
}

/** Clears the set bits whose offsets fail the test, which is called once for each: `0b0111`, even offsets → `0b0101`. */
export function keepIf(words: Uint32Array, isKept: (offset: number) => boolean): void {
  for (let at = 0; at < BLOCK_WORDS; at++)
    for (let word = words[at]!; word !== 0; word &= word - 1)
      if (!isKept(offsetOf(at, word))) words[at] = words[at]! & ~(word & -word);
}

function keepRun(words: Uint32Array, column: ColumnBlock, lowest: number, highest: number): void {
  const inside = column.offsetsBetween(lowest, highest);
  if (inside.length > BLOCK_IDS / 2) {
    clearBits(words, column.offsetsBetween(0, lowest - 1));
    clearBits(words, column.offsetsBetween(highest + 1, MAX_VALUE));
    return;
  }
  SCRATCH.set(words);
  words.fill(0);
  for (const offset of inside) {
    const bit = 1 << (offset & 31);
    words[offset >>> 5] = words[offset >>> 5]! | (SCRATCH[offset >>> 5]! & bit);
  }
}

function clearBits(words: Uint32Array, offsets: Uint16Array): void {
  for (const offset of offsets) words[offset >>> 5] = words[offset >>> 5]! & ~(1 << (offset & 31));
}

/** Tests every id, whether or not it is in the set: no branches, so no mispredictions. */
function keepEachListed(words: Uint32Array, { values: { buffer, byteOffset } }: ColumnBlock, list: Uint32Array): void {
  const last = list.length - 1;
  // Listed values are small, and signed integers are looked up faster.
  const values = new Int32Array(buffer, byteOffset, BLOCK_IDS);
  for (let at = 0; at < BLOCK_WORDS; at++) {
    if (words[at] === 0) continue;
    let listed = 0;
    for (let bit = 0; bit < 32; bit++) {
      const value = values[at * 32 + bit]!;
      const word = value >>> 5;
      listed |= ((list[word < last ? word : last]! >>> (value & 31)) & 1) << bit;
    }
    words[at] = words[at]! & listed;
  }
}

/** Returns the offset in the block of the lowest set bit of a word: word 1, `0b1100` → 34. */
export function offsetOf(at: number, word: number): number {
  return at * 32 + 31 - Math.clz32(word & -word);
}

/** Counts the set bits of a word: `0b1011` → 3. Source: H. S. Warren, Hacker's Delight, 2nd ed., fig. 5-2. */
export function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
