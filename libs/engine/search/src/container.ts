/**
 * Containers, as in Roaring bitmaps: the stored form of a block of a posting list. A container is an array of 16-bit
 * offsets if that is shorter than the bitmap of the block, otherwise the bitmap. Its length distinguishes the two.
 * Numbers are little-endian.
 */
import { BLOCK_IDS } from './block';

export const BLOCK_BYTES = BLOCK_IDS / 8;

const MAX_ARRAY_OFFSETS = BLOCK_BYTES / 2 - 1;

/** Adds the ids of a container to the bitset of its block. */
export function orContainer(words: Uint32Array, container: DataView): void {
  if (container.byteLength === BLOCK_BYTES) {
    for (let at = 0; at < words.length; at++) words[at] = words[at]! | container.getUint32(4 * at, true);
    return;
  }
  for (let at = 0; at < container.byteLength; at += 2) {
    const offset = container.getUint16(at, true);
    words[offset >>> 5] = words[offset >>> 5]! | (1 << (offset & 31));
  }
}

/** Builds a container of ascending offsets. */
export function toContainer(offsets: readonly number[]): Uint8Array {
  const isArray = offsets.length <= MAX_ARRAY_OFFSETS;
  const bytes = new Uint8Array(isArray ? 2 * offsets.length : BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  offsets.forEach((offset, at) => {
    if (isArray) view.setUint16(2 * at, offset, true);
    else bytes[offset >>> 3] = bytes[offset >>> 3]! | (1 << (offset & 7));
  });
  return bytes;
}

/** Returns ascending offsets. */
export function offsetsIn(container: DataView): number[] {
  if (container.byteLength !== BLOCK_BYTES)
    return Array.from({ length: container.byteLength / 2 }, (_, at) => container.getUint16(2 * at, true));
  const offsets: number[] = [];
  for (let offset = 0; offset < BLOCK_IDS; offset++)
    if ((container.getUint8(offset >>> 3) & (1 << (offset & 7))) !== 0) offsets.push(offset);
  return offsets;
}
