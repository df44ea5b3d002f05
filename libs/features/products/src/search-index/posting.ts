/**
 * How a block of a set is stored: the offsets of its ids, 16 bits each, while that is shorter than the block's bits,
 * else the bits. The two are told apart by their length. Little-endian, as all machines this runs on are. Postings
 * must begin their memory (`toBytes`).
 */
import { BLOCK_BYTES, BLOCK_IDS, type IdSet } from './id-set';

const MAX_LISTED = BLOCK_BYTES / 2 - 1;

/** Adds a stored block to a set. */
export function unite(set: IdSet, block: number, posting: Uint8Array): void {
  const words = set.wordsOf(block);
  if (posting.length === BLOCK_BYTES) {
    const stored = new Uint32Array(posting.buffer);
    for (let at = 0; at < words.length; at++) words[at] = words[at]! | stored[at]!;
    return;
  }
  for (const offset of new Uint16Array(posting.buffer))
    words[offset >>> 5] = words[offset >>> 5]! | (1 << (offset & 31));
}

/** The offsets must be ascending. */
export function toPosting(offsets: readonly number[]): Uint8Array {
  if (offsets.length <= MAX_LISTED) return new Uint8Array(Uint16Array.from(offsets).buffer);
  const bytes = new Uint8Array(BLOCK_BYTES);
  for (const offset of offsets) bytes[offset >>> 3] = bytes[offset >>> 3]! | (1 << (offset & 7));
  return bytes;
}

/** Ascending. */
export function offsetsIn(posting: Uint8Array): number[] {
  if (posting.length !== BLOCK_BYTES) return [...new Uint16Array(posting.buffer)];
  const offsets: number[] = [];
  for (let offset = 0; offset < BLOCK_IDS; offset++)
    if ((posting[offset >>> 3]! & (1 << (offset & 7))) !== 0) offsets.push(offset);
  return offsets;
}
