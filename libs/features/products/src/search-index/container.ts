/**
 * How a block of a set is stored: the offsets of its ids, 16 bits each, while that is shorter than the block's bits,
 * else the bits. The two are told apart by their length. Numbers are little-endian.
 */
import { BLOCK_IDS } from './block';

export const BLOCK_BYTES = BLOCK_IDS / 8;

const MAX_ARRAY_OFFSETS = BLOCK_BYTES / 2 - 1;

/** Adds a stored block to its bits. */
export function orContainer(words: Uint32Array, posting: DataView): void {
  if (posting.byteLength === BLOCK_BYTES) {
    for (let at = 0; at < words.length; at++) words[at] = words[at]! | posting.getUint32(4 * at, true);
    return;
  }
  for (let at = 0; at < posting.byteLength; at += 2) {
    const offset = posting.getUint16(at, true);
    words[offset >>> 5] = words[offset >>> 5]! | (1 << (offset & 31));
  }
}

/** The offsets must be ascending. */
export function toContainer(offsets: readonly number[]): Uint8Array {
  const isListed = offsets.length <= MAX_ARRAY_OFFSETS;
  const bytes = new Uint8Array(isListed ? 2 * offsets.length : BLOCK_BYTES);
  const session = new DataView(bytes.buffer);
  offsets.forEach((offset, at) => {
    if (isListed) session.setUint16(2 * at, offset, true);
    else bytes[offset >>> 3] = bytes[offset >>> 3]! | (1 << (offset & 7));
  });
  return bytes;
}

/** Ascending. */
export function offsetsIn(posting: DataView): number[] {
  if (posting.byteLength !== BLOCK_BYTES)
    return Array.from({ length: posting.byteLength / 2 }, (_, at) => posting.getUint16(2 * at, true));
  const offsets: number[] = [];
  for (let offset = 0; offset < BLOCK_IDS; offset++)
    if ((posting.getUint8(offset >>> 3) & (1 << (offset & 7))) !== 0) offsets.push(offset);
  return offsets;
}
