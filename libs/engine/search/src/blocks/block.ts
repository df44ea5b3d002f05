/** Number of neighbouring ids that share one stored entry per key: block 0 has the ids 0 to 8,191. */
export const BLOCK_IDS = 8_192;

/** Returns the block of an id, a whole number from 0 to `Number.MAX_SAFE_INTEGER`: 8,192 → 1. */
export function blockOf(id: number): number {
  return Math.floor(id / BLOCK_IDS);
}
