/**
 * Selects the top k of a set of products by abbreviated key: ids that include every row of the page, and the number of
 * rows before them. Abbreviated keys are coarser than sort keys, so there may be a few more ids than the page holds.
 */
import { MAX_ABBREVIATED_KEY, abbreviatedKeyAtRank } from '../ids/abbreviated-keys';
import { KeyedIdList, type KeyedIds } from '../ids/keyed-ids';
import type { PageWindow } from './page-window';

/** The selected ids, in the order given, with their position in the list. */
export interface TopK extends KeyedIds {
  /** Rows of the segment that precede all of these. */
  readonly before: number;
  /** Bounds of their abbreviated keys, both inclusive. */
  readonly lowest: number;
  readonly highest: number;
  /** Whether they fill the page; otherwise the segment ends on it. */
  readonly fillsPage: boolean;
}

/**
 * Returns undefined if no row is left for the page. `after` is the abbreviated key of the seek position. Keys
 * `[5, 1, 3]` of ids `[1, 2, 3]`, `limit` 2 → ids `[2, 3]`, bounds 1 and 3.
 */
export function selectTopK(
  { abbreviatedKeys, ids }: KeyedIds,
  page: PageWindow,
  after: number | undefined,
): TopK | undefined {
  const isAsc = page.direction === 'asc';
  const mirrored = (abbreviatedKey: number) => (isAsc ? abbreviatedKey : MAX_ABBREVIATED_KEY - abbreviatedKey);
  const ascending = isAsc ? abbreviatedKeys : abbreviatedKeys.map(mirrored);
  const start = after === undefined ? undefined : mirrored(after);
  const { beforeStart, atStart } = countUntil(start, ascending);
  const skipped = beforeStart + page.offset;
  if (skipped >= ascending.length) return undefined;
  const first = start !== undefined && page.offset === 0 ? start : abbreviatedKeyAtRank(ascending, skipped);
  // Ties with the seek position may lie on either side of it, so the selection is larger by their number.
  const last = abbreviatedKeyAtRank(ascending, Math.min(ascending.length - 1, skipped + atStart + page.limit - 1));
  const [lowest, highest] = isAsc ? [first, last] : [mirrored(last), mirrored(first)];
  const { before, selected } = selectBetween({ abbreviatedKeys: ascending, ids }, first, last);
  return {
    abbreviatedKeys: isAsc ? selected.abbreviatedKeys : selected.abbreviatedKeys.map(mirrored),
    ids: selected.ids,
    before: before - beforeStart,
    lowest,
    highest,
    fillsPage: ascending.length - atStart >= skipped + page.limit,
  };
}

function selectBetween(
  { abbreviatedKeys, ids }: KeyedIds,
  first: number,
  last: number,
): { before: number; selected: KeyedIds } {
  let before = 0;
  const selected = new KeyedIdList();
  for (let at = 0; at < abbreviatedKeys.length; at++) {
    const abbreviatedKey = abbreviatedKeys[at]!;
    if (abbreviatedKey < first) before += 1;
    else if (abbreviatedKey <= last) selected.push(abbreviatedKey, ids[at]!);
  }
  return { before, selected: selected.toKeyedIds() };
}

function countUntil(start: number | undefined, abbreviatedKeys: Uint32Array): { beforeStart: number; atStart: number } {
  let beforeStart = 0;
  let atStart = 0;
  if (start === undefined) return { beforeStart, atStart };
  for (const abbreviatedKey of abbreviatedKeys) {
    if (abbreviatedKey < start) beforeStart += 1;
    else if (abbreviatedKey === start) atStart += 1;
  }
  return { beforeStart, atStart };
}
