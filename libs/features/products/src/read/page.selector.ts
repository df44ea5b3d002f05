/**
 * Second step of reading a page through the search index: the abbreviated keys of the sort select the few candidates of
 * the page among the matches. Ties that only full sort keys decide are read from the database.
 */
import { SORT_KEYS, type ColumnName, type ReadSession } from '@catalogue';
import {
  MAX_ABBREVIATED_KEY,
  selectPage,
  selectTopK,
  topKCandidates,
  type KeyedPosition,
  type SortKey,
  type TopKCandidates,
} from '@engine/search';
import type { SqlFragment } from '@platform/database';
import type { ColumnRange } from '../filters/filter';
import type { ProductRow } from '../query/product-listing';
import { segmentConditions, type Segment } from '../query/segment';
import { columnOf } from './column-filter';
import type { Matches } from './matches.reader';
import type { NearbyProducers } from './nearby-producers';
import type { SegmentStatements, SortEntry } from './segment-statements';
import { TieBreakReader, type Ties } from './tie-break.reader';

/**
 * Ids whose rows the database may sort: twice the longest page, and products that share its first and last abbreviated
 * key. If more products have equal keys, the page is selected first.
 */
const MAX_FETCHED_IDS = 250;

/** Columns that selecting a page of this sort needs. */
export const COLUMNS_OF_SORT: Readonly<Record<Segment['sort'], readonly ColumnName[]>> = {
  price: ['price'],
  name: ['name', 'nameHigh', 'nameLow'],
  createdAt: ['createdAt'],
  distance: ['producer'],
};

/** Statement for the rows of a page, and a check that the rows read are those that were selected. */
interface Selection {
  readonly statement: SqlFragment;
  readonly isCurrent: (rows: readonly ProductRow[]) => boolean;
}

/** `outdated`: the products have changed since the index was read. */
export type Selected = Selection | 'end-of-segment' | 'outdated';

export class PageSelector {
  private readonly ties: TieBreakReader;

  constructor(private readonly statements: SegmentStatements) {
    this.ties = new TieBreakReader(statements);
  }

  async select(segment: Segment, matches: Matches, session: ReadSession): Promise<Selected> {
    const start = startOf(segment, matches);
    const { keyed, before } = candidatesOf(segment, matches, start?.abbreviatedKey);
    const rest = { ...segment, offset: segment.offset - before };
    if (segment.sort === 'price' || segment.sort === 'distance') {
      const sortKeyOf = (abbreviatedKey: number) =>
        segment.sort === 'price' ? abbreviatedKey : nearbyOf(matches).chordSquaredOf(abbreviatedKey);
      const page = selectPage(keyed, rest, start);
      return this.rowsOf(
        rest,
        page.map(({ abbreviatedKey, id }) => ({ id, sortKey: sortKeyOf(abbreviatedKey) })),
      );
    }
    const topK = selectTopK(keyed, rest, start?.abbreviatedKey);
    if (topK === undefined) return 'end-of-segment';
    const tied = { ...rest, offset: rest.offset - topK.before };
    return this.selectTied(
      { segment: tied, sort: segment.sort, topK, columnOf: (name) => columnOf(matches.columns, name) },
      session,
    );
  }

  /**
   * Returns `outdated` if a tied product has changed its key since the index was read, because the page could then skip
   * products.
   */
  private async selectTied(ties: Ties, session: ReadSession): Promise<Selected> {
    const { segment, sort, topK } = ties;
    const { ids, lowest, highest, fillsPage } = topK;
    const isComplete = ({ length }: readonly unknown[]) => !fillsPage || length === segment.limit;
    const isTied = (sortKey: SortKey) => isBetween(SORT_KEYS[sort].abbreviate(sortKey), lowest, highest);
    if (ids.length <= MAX_FETCHED_IDS)
      return {
        statement: this.statements.ofIds(segment, [...ids]),
        isCurrent: (rows) => isComplete(rows) && rows.every((row) => isTied(keyOf(sort, row))),
      };
    const page = await this.ties.pageOf(ties, session);
    return isComplete(page) && page.every(({ sortKey }) => isTied(sortKey)) ? this.rowsOf(segment, page) : 'outdated';
  }

  /** Deletes may shorten the last page of a segment; every other page must be full. */
  private rowsOf(segment: Segment, page: readonly SortEntry[]): Selected {
    if (page.length === 0) return 'end-of-segment';
    const sortKeys = new Map(page.map(({ id, sortKey }) => [id, sortKey]));
    const isComplete = ({ length }: readonly unknown[]) => page.length < segment.limit || length === page.length;
    return {
      statement: this.statements.ofIds({ ...segment, offset: 0 }, [...sortKeys.keys()]),
      isCurrent: (rows) => isComplete(rows) && rows.every((row) => keyOf(segment.sort, row) === sortKeys.get(row.id)),
    };
  }
}

/** Candidates of the page. Distances have no sorted column, so all matches are candidates. */
function candidatesOf(segment: Segment, matches: Matches, after: number | undefined): TopKCandidates {
  const { ids, columns } = matches;
  if (segment.sort !== 'distance') {
    const column = columnOf(columns, segment.sort);
    return topKCandidates({ ...matches, column, bounds: boundsOf(segment) }, segment, after);
  }
  const { abbreviatedKeys, ids: all } = ids.keyedBy(columnOf(columns, 'producer'));
  return { keyed: { abbreviatedKeys: nearbyOf(matches).ranksOf(abbreviatedKeys), ids: all }, before: 0 };
}

/** Bounds, both inclusive, of the abbreviated keys that the conditions on the sort column allow. */
function boundsOf(segment: Segment): readonly [lowest: number, highest: number] {
  const isOfSort = (range: ColumnRange | undefined) => range?.column === segment.sort;
  const range = segmentConditions(segment).find((condition) => isOfSort(condition.range))?.range;
  return range === undefined ? [0, MAX_ABBREVIATED_KEY] : [range.lowest, range.highest];
}

function startOf({ sort, after }: Segment, matches: Matches): KeyedPosition | undefined {
  if (after === undefined) return undefined;
  if (sort === 'distance') return nearbyOf(matches).positionOf(after);
  const [key, id] = after as [SortKey, number];
  return { abbreviatedKey: SORT_KEYS[sort].abbreviate(key), id };
}

function nearbyOf({ nearby }: Matches): NearbyProducers {
  if (nearby === undefined) throw new Error('Sorting by distance requires `near`');
  return nearby;
}

function keyOf(sort: Segment['sort'], row: ProductRow): SortKey {
  const { priceMinor, nameText, createdAtMs, chordSquared = NaN } = row;
  return { price: priceMinor, name: nameText, createdAt: createdAtMs, distance: chordSquared }[sort];
}

function isBetween(value: number, lowest: number, highest: number): boolean {
  return value >= lowest && value <= highest;
}
