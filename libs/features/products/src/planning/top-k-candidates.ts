/**
 * The matches that a page may be among. The sorted column is gone through from where the part begins, a window of codes
 * at a time, until the page is full; the more matches there are, the sooner it is. At worst all of them are ranked.
 */
import type { Column } from '../search-index/column';
import { joined, type KeyedIds } from '../search-index/keyed-ids';
import type { IdSet } from '../search-index/id-set';
import type { Segment } from './segment';

export interface TopKCandidates {
  readonly keyed: KeyedIds;
  /** Matches that come before all of these. */
  readonly before: number;
}

/** The first window is as wide as it takes where matches lie evenly, and half as much again. */
const MARGIN = 1.5;
/** Where that was not enough they do not, so the next one may be wider. */
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
  readonly postFilter: ((some: KeyedIds) => KeyedIds) | undefined;
}

/** `beyond` is the code of the place that the part begins at. */
export function topKCandidates(matches: Matches, segment: Segment, after: number | undefined): TopKCandidates {
  const { ids, count, column, postFilter } = matches;
  const wanted = segment.offset + segment.limit;
  const maxPassed = PASSED_IDS_A_MATCH * count;
  const scan = new Scan(matches, segment.direction, after);
  let front: KeyedIds[] = [];
  let before = 0;
  let found = 0;
  let width = (MARGIN * wanted * column.capacity) / count;
  for (let passed = 0; found < wanted && scan.goesOn; width = nextWidth(width, passed, found, wanted)) {
    passed += width;
    // The matches are few, or lie at the far end of the sort: then it is shorter to rank them all.
    if (passed >= maxPassed) return { keyed: tested(ids.keyedBy(column), postFilter), before: 0 };
    const window = scan.next(width);
    // Those with the code of the place itself may lie on either side of it.
    for (const abbreviatedKey of window.abbreviatedKeys) if (abbreviatedKey !== after) found += 1;
    front.push(window);
    if (found <= segment.offset && after === undefined) [front, before] = [[], found];
  }
  return { keyed: joined(front), before };
}

/** As wide as it takes where the rest lies as densely as what was found, or rather wider than the last where nothing was. */
function nextWidth(width: number, passed: number, found: number, wanted: number): number {
  return Math.min(GROWTH * width, (MARGIN * (wanted - found) * passed) / found);
}

/** Goes through the matches in the order of their codes, those of some codes at a time. */
class Scan {
  private from: number;

  constructor(
    private readonly matches: Matches,
    private readonly direction: Segment['direction'],
    start: number | undefined,
  ) {
    const [lowest, highest] = matches.bounds;
    this.from = direction === 'asc' ? Math.max(start ?? lowest, lowest) : Math.min(start ?? highest, highest);
  }

  get goesOn(): boolean {
    const [lowest, highest] = this.matches.bounds;
    return this.from >= lowest && this.from <= highest;
  }

  /** Passes about so many ids, whether they match or not. */
  next(width: number): KeyedIds {
    const { ids, column, bounds, postFilter } = this.matches;
    const [lowest, highest] = bounds;
    const isAsc = this.direction === 'asc';
    const to = column.valueBeyond(this.from, width, this.direction) ?? (isAsc ? highest : lowest);
    const window = ids.keyedBetween(column, Math.min(this.from, to), Math.max(this.from, to));
    this.from = isAsc ? to + 1 : to - 1;
    return tested(window, postFilter);
  }
}

function tested(some: KeyedIds, postFilter: Matches['postFilter']): KeyedIds {
  return postFilter === undefined ? some : postFilter(some);
}
