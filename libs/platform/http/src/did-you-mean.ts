import { closest, distance } from 'fastest-levenshtein';

/** What was probably meant: the known name that differs by a letter in three at most; undefined where none is near. */
export function didYouMean(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(given.toLowerCase(), known);
  const isNear = distance(given.toLowerCase(), nearest.toLowerCase()) <= Math.max(1, Math.floor(nearest.length / 3));
  return isNear ? nearest : undefined;
}
