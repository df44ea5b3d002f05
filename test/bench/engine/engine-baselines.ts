/** The operations of the engine on plain arrays: ascending ids in a Uint32Array, and a key per id. Pure. */
import type { KeyedPosition, PageWindow } from '@engine/search';

/** Intersects by merging: `[1, 3, 5]` and `[3, 4, 5]` → `[3, 5]`. */
export function intersectByMerging(some: Uint32Array, others: Uint32Array): Uint32Array {
  const common = new Uint32Array(Math.min(some.length, others.length));
  let length = 0;
  for (let at = 0, otherAt = 0; at < some.length && otherAt < others.length;) {
    const id = some[at]!;
    const other = others[otherAt]!;
    if (id === other) common[length++] = id;
    if (id <= other) at++;
    if (other <= id) otherAt++;
  }
  return common.subarray(0, length);
}

/** Intersects by a binary search for each id of the shorter list, from the last position on. */
export function intersectBySearching(few: Uint32Array, many: Uint32Array): Uint32Array {
  const common = new Uint32Array(few.length);
  let length = 0;
  let low = 0;
  for (const id of few) {
    for (let high = many.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (many[middle]! < id) low = middle + 1;
      else high = middle;
    }
    if (many[low] === id) common[length++] = id;
  }
  return common.subarray(0, length);
}

/** Unites by sorting all ids and removing repeated ones. */
export function uniteBySorting(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  all.sort();
  let distinct = 0;
  for (const id of all) if (distinct === 0 || all[distinct - 1] !== id) all[distinct++] = id;
  return all.subarray(0, distinct);
}

/** Keeps the ids whose key is within the bounds, both inclusive. */
export function filterByKey(ids: Uint32Array, keys: Uint32Array, lowest: number, highest: number): Uint32Array {
  const kept = new Uint32Array(ids.length);
  let length = 0;
  for (const id of ids) {
    const key = keys[id]!;
    if (key >= lowest && key <= highest) kept[length++] = id;
  }
  return kept.subarray(0, length);
}

const IDS_PER_KEY = 2 ** 24;

/** Selects a page by sorting all pairs of key and id, each as one number, after removing those before `start`. */
export function selectBySorting(
  ids: Uint32Array,
  keys: Uint32Array,
  { direction, offset, limit }: PageWindow,
  start: KeyedPosition | undefined,
): number[] {
  const isAsc = direction === 'asc';
  const startPair = start === undefined ? undefined : start.abbreviatedKey * IDS_PER_KEY + start.id;
  const pairs = new Float64Array(ids.length);
  let length = 0;
  for (const id of ids) {
    const pair = keys[id]! * IDS_PER_KEY + id;
    if (startPair === undefined || (isAsc ? pair > startPair : pair < startPair)) pairs[length++] = pair;
  }
  const sorted = pairs.subarray(0, length).sort();
  const page = isAsc
    ? sorted.slice(offset, offset + limit)
    : sorted.slice(Math.max(0, length - offset - limit), Math.max(0, length - offset)).reverse();
  return Array.from(page, (pair) => pair % IDS_PER_KEY);
}
