import { closest, distance } from 'fastest-levenshtein';

/**
 * Returns the closest known name, `serch` → `search`, or undefined if its edit distance exceeds a third of its length
 * (one edit is always allowed).
 */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(name.toLowerCase(), known);
  const isClose = distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(1, Math.floor(nearest.length / 3));
  return isClose ? nearest : undefined;
}
