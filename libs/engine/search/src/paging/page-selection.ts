/** Selects a page by key and id. Requires abbreviated keys that are exact: price, or the rank of a distance. */
import { filterKeyedIds, type KeyedIds } from '../ids/keyed-ids';
import type { PageWindow } from './page-window';
import { selectTopK } from './top-k';

/** An abbreviated key and an id: a selected product, or a seek position between products. */
export interface KeyedPosition {
  readonly abbreviatedKey: number;
  /** An id, or BEFORE_ALL_IDS. */
  readonly id: number;
}

/** Id of a position that precedes all ids of its abbreviated key in ascending order, and follows them in descending order. */
export const BEFORE_ALL_IDS = -1;

/**
 * Returns the page in list order: keys `[7, 5, 7]` of ids `[1, 2, 3]`, `limit` 2 → keys `[5, 7]`, ids `[2, 1]`. It
 * follows `start`, from which `page.offset` is counted; without `start`, it is counted from the beginning of the list. Both
 * keys and ids are descending in direction `desc`. The page is shorter than `limit`, or empty, at the end of the list.
 */
export function selectPage(keyed: KeyedIds, page: PageWindow, start: KeyedPosition | undefined): KeyedPosition[] {
  const rest = start === undefined ? keyed : afterPosition(keyed, page, start);
  if (areEqual(rest.abbreviatedKeys)) return pageById(rest, page);
  const topK = selectTopK(rest, page, undefined);
  if (topK === undefined) return [];
  const { abbreviatedKeys, ids, lowest, highest, before } = topK;
  // Many products may have the lowest or highest key, but they are in order already; only those in between are sorted.
  const atLowest: number[] = [];
  const between: number[] = [];
  const atHighest: number[] = [];
  abbreviatedKeys.forEach((abbreviatedKey, at) =>
    (abbreviatedKey === lowest ? atLowest : abbreviatedKey === highest ? atHighest : between).push(at),
  );
  between.sort((a, b) => abbreviatedKeys[a]! - abbreviatedKeys[b]! || ids[a]! - ids[b]!);
  const ascending = [...atLowest, ...between, ...atHighest];
  const inOrder = page.direction === 'asc' ? ascending : ascending.reverse();
  const first = page.offset - before;
  return inOrder.slice(first, first + page.limit).map((at) => ({ abbreviatedKey: abbreviatedKeys[at]!, id: ids[at]! }));
}

function areEqual(abbreviatedKeys: Uint32Array): boolean {
  return abbreviatedKeys.every((abbreviatedKey) => abbreviatedKey === abbreviatedKeys[0]);
}

/** The keys are equal, so the ids are ascending. */
function pageById({ abbreviatedKeys, ids }: KeyedIds, { direction, offset, limit }: PageWindow): KeyedPosition[] {
  const positionsOf = (some: Float64Array) => Array.from(some, (id) => ({ abbreviatedKey: abbreviatedKeys[0]!, id }));
  if (direction === 'asc') return positionsOf(ids.subarray(offset, offset + limit));
  const end = Math.max(0, ids.length - offset);
  return positionsOf(ids.subarray(Math.max(0, end - limit), end)).reverse();
}

function afterPosition(keyed: KeyedIds, { direction }: PageWindow, start: KeyedPosition): KeyedIds {
  const { abbreviatedKeys, ids } = keyed;
  const sign = direction === 'asc' ? 1 : -1;
  return filterKeyedIds(keyed, (at) => sign * (abbreviatedKeys[at]! - start.abbreviatedKey || ids[at]! - start.id) > 0);
}
