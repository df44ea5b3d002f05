/**
 * Lower bound by binary search: returns the first index of a sorted sequence whose element is not below the bound, or
 * `length` if all are: `[1, 3, 5]`, below 4 → 2.
 */
export function lowerBound(length: number, isBelow: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
