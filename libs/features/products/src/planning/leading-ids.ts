/**
 * The matches that a page may be among, in time that does not depend on how many there are: the sorted column is gone
 * through from where the part begins, a window of codes at a time, until the page is full.
 */
import type { Column } from '../search-index/column';
import { joined, type CodedIds } from '../search-index/coded-ids';
import type { IdSet } from '../search-index/id-set';
import type { ListPart } from './list-part';

export interface LeadingIds {
  readonly coded: CodedIds;
  /** Matches that come before all of these. */
  readonly before: number;
}

/** The first window is as wide as it takes where matches lie evenly, and half as much again. */
const MARGIN = 1.5;
/** Where that was not enough they do not, so the next one is wider. */
const GROWTH = 4;
/** Passing over an id in a window takes some fifth of what taking out a match and ranking it does. */
const PASSED_IDS_A_MATCH = 5;

interface Matches {
  readonly ids: IdSet;
  readonly count: number;
  /** That of the sort. */
  readonly column: Column;
  /** Codes between which all matches lie, both included. */
  readonly bounds: readonly [lowest: number, highest: number];
  /** What is asked of the ids besides, tested on the way because that takes long. */
  readonly test: ((some: CodedIds) => CodedIds) | undefined;
}

/** `beyond` is the code of the place that the part begins at. */
export function leadingIds(matches: Matches, part: ListPart, beyond: number | undefined): LeadingIds {
  const { ids, count, column } = matches;
  const wanted = part.offset + part.limit;
  const idsToPass = (MARGIN * wanted * column.capacity) / count;
  if (matches.test === undefined && count * PASSED_IDS_A_MATCH <= idsToPass)
    return { coded: ids.codedBy(column), before: 0 };
  let front: CodedIds[] = [];
  let before = 0;
  let found = 0;
  for (const window of windows(matches, part.direction, beyond, idsToPass)) {
    // Those with the code of the place itself may lie on either side of it.
    for (const code of window.codes) if (code !== beyond) found += 1;
    front.push(window);
    if (found >= wanted) break;
    if (found <= part.offset && beyond === undefined) [front, before] = [[], found];
  }
  return { coded: joined(front), before };
}

/** The matches in the order of their codes, those of some codes at a time; all of them, in the end. */
function* windows(
  { ids, column, bounds, test }: Matches,
  direction: ListPart['direction'],
  start: number | undefined,
  idsToPass: number,
): Generator<CodedIds, void> {
  const [lowest, highest] = bounds;
  const step = direction === 'asc' ? 1 : -1;
  let from = direction === 'asc' ? Math.max(start ?? 0, lowest) : Math.min(start ?? highest, highest);
  for (let width = idsToPass; from >= lowest && from <= highest; width *= GROWTH) {
    const to = column.valueBeyond(from, width, direction) ?? (direction === 'asc' ? highest : lowest);
    const window = ids.codedBetween(column, Math.min(from, to), Math.max(from, to));
    yield test === undefined ? window : test(window);
    from = to + step;
  }
}
