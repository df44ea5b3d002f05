/**
 * Lower bound by binary search: returns the first index of a sorted sequence whose element is not below the bound, or
 * `length` if all are: `[1, 3, 5]`, below 4 → 2. `isBelow` must be true for a first part of the sequence and false for
 * the rest; it is called about log₂ `length` times. `length` is at most 2³¹.
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
