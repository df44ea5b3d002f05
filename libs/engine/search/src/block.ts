/** Number of neighbouring ids that share one stored entry per key. */
export const BLOCK_IDS = 8_192;

export function blockOf(id: number): number {
  return Math.floor(id / BLOCK_IDS);
}
