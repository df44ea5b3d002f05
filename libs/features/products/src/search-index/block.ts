/** Neighbouring ids share what is stored of them. */
export const BLOCK_IDS = 8_192;

export function blockOf(id: number): number {
  return Math.floor(id / BLOCK_IDS);
}
