/**
 * Cuts a page out of a set of products by their codes: the ids among which all rows of the page are, and how many
 * rows come before them. Codes are coarser than keys, so a few more ids than the page holds may remain.
 */
import { KeyedIdList, type KeyedIds } from '../search-index/keyed-ids';
import { abbreviatedKeyAtRank, MAX_ABBREVIATED_KEY } from '../search-index/abbreviated-keys';
import type { Segment } from './segment';

export interface TopK extends KeyedIds {
  /** Rows of the part that come before all of these. */
  readonly before: number;
  /** Between which all of their codes lie, both included. */
  readonly lowest: number;
  readonly highest: number;
  /** Whether they suffice for the whole page; otherwise the part ends on it. */
  readonly isEnough: boolean;
}

/** `beyond` is the code of the place that the part begins at. Undefined where nothing is left for the page. */
export function selectTopK(
  { abbreviatedKeys, ids }: KeyedIds,
  segment: Segment,
  after: number | undefined,
): TopK | undefined {
  const isAsc = segment.direction === 'asc';
  const turned = (abbreviatedKey: number) => (isAsc ? abbreviatedKey : MAX_ABBREVIATED_KEY - abbreviatedKey);
  const forward = isAsc ? abbreviatedKeys : abbreviatedKeys.map(turned);
  const start = after === undefined ? undefined : turned(after);
  const { passed, atStart } = countUpTo(start, forward);
  const skipped = passed + segment.offset;
  if (skipped >= forward.length) return undefined;
  const first = start !== undefined && segment.offset === 0 ? start : abbreviatedKeyAtRank(forward, skipped);
  // Products with the code of the place itself may lie on either side of it, so as many again are taken.
  const last = abbreviatedKeyAtRank(forward, Math.min(forward.length - 1, skipped + atStart + segment.limit - 1));
  const [lowest, highest] = isAsc ? [first, last] : [turned(last), turned(first)];
  const { before, among } = cut({ abbreviatedKeys: forward, ids }, first, last);
  return {
    abbreviatedKeys: isAsc ? among.abbreviatedKeys : among.abbreviatedKeys.map(turned),
    ids: among.ids,
    before: before - passed,
    lowest,
    highest,
    isEnough: forward.length - atStart >= skipped + segment.limit,
  };
}

function cut({ abbreviatedKeys, ids }: KeyedIds, first: number, last: number): { before: number; among: KeyedIds } {
  let before = 0;
  const among = new KeyedIdList();
  for (let at = 0; at < abbreviatedKeys.length; at++) {
    const abbreviatedKey = abbreviatedKeys[at]!;
    if (abbreviatedKey < first) before += 1;
    else if (abbreviatedKey <= last) among.push(abbreviatedKey, ids[at]!);
  }
  return { before, among: among.whole() };
}

function countUpTo(start: number | undefined, abbreviatedKeys: Uint32Array): { passed: number; atStart: number } {
  let passed = 0;
  let atStart = 0;
  if (start === undefined) return { passed, atStart };
  for (const abbreviatedKey of abbreviatedKeys) {
    if (abbreviatedKey < start) passed += 1;
    else if (abbreviatedKey === start) atStart += 1;
  }
  return { passed, atStart };
}
