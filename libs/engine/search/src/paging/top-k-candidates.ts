/**
 * Selects the candidates of a page among all matches: a superset of its ids. The sorted column is scanned from the start of the segment, one
 * window of abbreviated keys at a time, until the page is full; with more matches it ends sooner. In the worst case all
 * matches are candidates.
 */
import type { Column } from '../ids/column';
import type { IdSet } from '../ids/id-set';
import { concat, type KeyedIds } from '../ids/keyed-ids';
import type { PageWindow } from './page-window';

/** The page is that of `keyed` with `before` ids fewer in its offset. */
export interface TopKCandidates {
  /** In windows of ascending or descending keys; within a window by block. */
  readonly keyed: KeyedIds;
  /** Matches that precede all candidates. */
  readonly before: number;
}

/** The first window is as wide as evenly distributed matches need, times this margin. */
const MARGIN = 1.5;
/** If that was not enough, the matches are distributed unevenly, so the next window may be wider by this factor. */
const GROWTH = 4;
/** Scanning an id in a window takes about a fifth of the time to extract and rank a match. */
const SCANNED_IDS_PER_MATCH = 5;

interface Matches {
  readonly ids: IdSet;
  /** Number of ids, which determines the width of the first window; an estimate suffices. */
  readonly count: number;
  /** Column of the sort. */
  readonly column: Column;
  /** Bounds of the abbreviated keys of all matches, both inclusive. */
  readonly bounds: readonly [lowest: number, highest: number];
  /** An expensive filter, applied only to the ids of a window. */
  readonly postFilter: ((keyed: KeyedIds) => KeyedIds) | undefined;
}

/**
 * Returns the candidates of a page. `after` is the abbreviated key of the seek position. For the first 21 of a million
 * matches they are the ids of about the 2,000 lowest keys.
 */
export function topKCandidates(matches: Matches, page: PageWindow, after: number | undefined): TopKCandidates {
  const { ids, count, column, postFilter } = matches;
  const wanted = page.offset + page.limit;
  const maxScanned = SCANNED_IDS_PER_MATCH * count;
  const scan = new Scan(matches, page.direction, after);
  let windows: KeyedIds[] = [];
  let before = 0;
  let matchCount = 0;
  let width = (MARGIN * wanted * column.capacity) / count;
  for (let scanned = 0; matchCount < wanted && scan.hasMore; width = nextWidth(width, scanned, matchCount, wanted)) {
    scanned += width;
    // If matches are few or at the far end of the sort, ranking all of them is faster.
    if (scanned >= maxScanned) return { keyed: postFiltered(ids.keyedBy(column), postFilter), before: 0 };
    const window = scan.next(width);
    // Ties with the seek position are not counted, because they may belong to the previous page.
    for (const abbreviatedKey of window.abbreviatedKeys) if (abbreviatedKey !== after) matchCount += 1;
    windows.push(window);
    if (matchCount <= page.offset && after === undefined) [windows, before] = [[], matchCount];
  }
  return { keyed: concat(windows), before };
}

/** Width that the remaining matches need at the density found so far, at most `GROWTH` times the last width. */
function nextWidth(width: number, scanned: number, matchCount: number, wanted: number): number {
  return Math.min(GROWTH * width, (MARGIN * (wanted - matchCount) * scanned) / matchCount);
}

/** Scans the matches in key order, one window of keys at a time. */
class Scan {
  private from: number;

  constructor(
    private readonly matches: Matches,
    private readonly direction: PageWindow['direction'],
    start: number | undefined,
  ) {
    const [lowest, highest] = matches.bounds;
    this.from = direction === 'asc' ? Math.max(start ?? lowest, lowest) : Math.min(start ?? highest, highest);
  }

  get hasMore(): boolean {
    const [lowest, highest] = this.matches.bounds;
    return this.from >= lowest && this.from <= highest;
  }

  /** Returns the matches among about the next `width` ids of the column. */
  next(width: number): KeyedIds {
    const { ids, column, bounds, postFilter } = this.matches;
    const [lowest, highest] = bounds;
    const isAsc = this.direction === 'asc';
    const to = column.valueAfter(this.from, width, this.direction) ?? (isAsc ? highest : lowest);
    const window = ids.keyedBetween(column, Math.min(this.from, to), Math.max(this.from, to));
    this.from = isAsc ? to + 1 : to - 1;
    return postFiltered(window, postFilter);
  }
}

function postFiltered(keyed: KeyedIds, postFilter: Matches['postFilter']): KeyedIds {
  return postFilter === undefined ? keyed : postFilter(keyed);
}
