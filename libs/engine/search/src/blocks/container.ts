/**
 * Containers, as in Roaring bitmaps: the stored form of a block of a posting list. A container is an array of 16-bit
 * offsets if that is shorter than the bitmap of the block, otherwise the bitmap. Its length distinguishes the two.
 * Numbers are little-endian.
 *
 * Source: S. Chambi, D. Lemire, O. Kaser and R. Godin, "Better bitmap performance with Roaring bitmaps", 2016. Roaring
 * has blocks of 65,536 ids, and arrays of up to 4,096 offsets; here they are an eighth of that.
 */
import { BLOCK_IDS } from './block';

/** Bytes of a bitmap: 1,024. A container of this length is a bitmap, a shorter one an array. */
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

/**
 * Builds a container of ascending, distinct offsets from 0 to 8,191: `[1, 258]` → bytes `01 00 02 01`. Up to 511 offsets
 * are an array of two bytes each; 512 or more are a bitmap of 1,024 bytes.
 */
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

/**
 * Returns the offsets of a container, ascending: bytes `01 00 02 01` → `[1, 258]`. Throws RangeError if the container is
 * neither a bitmap nor a whole number of 16-bit offsets.
 */
export function offsetsIn(container: DataView): number[] {
  if (container.byteLength !== BLOCK_BYTES)
    return Array.from({ length: container.byteLength / 2 }, (_, at) => container.getUint16(2 * at, true));
  const offsets: number[] = [];
  for (let offset = 0; offset < BLOCK_IDS; offset++)
    if ((container.getUint8(offset >>> 3) & (1 << (offset & 7))) !== 0) offsets.push(offset);
  return offsets;
}
