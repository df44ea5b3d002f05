/**
 * Reads a segment through the search index. Sets and columns in memory determine the ids that match. The abbreviated
 * keys of the sort then select the few candidates of the page, and only the rows of those are read.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import { abandonPath } from './path-abandonment';
import { SORT_KEYS, areExact, type ColumnName, type ReadSession } from '@catalogue';
import { ProducerPositionsReader } from './producer-positions.reader';
import type { ProductFilter, ProductRow } from '../list/product-listing';
import {
  MAX_ABBREVIATED_KEY,
  selectPage,
  selectTopK,
  topKCandidates,
  type Column,
  type IdSet,
  type KeyedIds,
  type KeyedPosition,
  type SortKey,
  type TopKCandidates,
} from '@engine/search';
import { nameRangesOf, rangesOf } from './filter-sets';
import { SearchIndexRepository } from './search-index.repository';
import {
  columnFiltersOf,
  columnOf,
  columnsFilteredBy,
  postFilterOf,
  priceBoundsOf,
  type ColumnFilter,
} from './column-filter';
import type { Segment } from '../list/segment';
import { NearbyProducers } from './nearby-producers';
import { MAX_IDS, SegmentStatements, type SortEntry } from './segment-statements';
import { TieBreakReader, type Ties } from './tie-break.reader';

export interface SegmentRows {
  readonly rows: readonly ProductRow[];
  /** Number of products in the whole segment, if reading determined it. */
  readonly matches?: number | undefined;
}

/** Ids that match all filters except the post-filters. */
interface MatchSet {
  readonly ids: IdSet;
  readonly count: number;
  readonly postFilter: ((some: KeyedIds) => KeyedIds) | undefined;
  readonly columns: ReadonlyMap<ColumnName, Column>;
  readonly nearby: NearbyProducers | undefined;
}

/**
 * Ids whose rows the database may sort: twice the longest page, and products that share its first and last abbreviated
 * key. If more products have equal keys, the page is selected first.
 */
const MAX_FETCHED_IDS = 250;

/** Attempts to read a page whose products change meanwhile; then another access path is used. */
const MAX_ATTEMPTS = 3;

const COLUMNS_OF_SORT: Readonly<Record<Segment['sort'], readonly ColumnName[]>> = {
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
type Selected = Selection | 'end-of-segment' | 'outdated';

@Injectable()
export class IndexSegmentReader {
  private readonly statements: SegmentStatements;
  private readonly ties: TieBreakReader;

  constructor(
    dataSource: DataSource,
    private readonly index: SearchIndexRepository,
    private readonly positions: ProducerPositionsReader,
  ) {
    this.statements = new SegmentStatements(dialectOf(dataSource));
    this.ties = new TieBreakReader(this.statements);
  }

  async count(segment: Segment, session: ReadSession): Promise<number> {
    if (!areExact(segment.filter.terms)) return this.countCandidates(segment, session);
    const { count } = await this.evaluate(segment, [], session, true);
    return count;
  }

  /**
   * Abandons the path if products keep changing between the index and their rows, or if a long word has too many
   * candidates.
   */
  async read(segment: Segment, session: ReadSession): Promise<SegmentRows> {
    if (!areExact(segment.filter.terms)) return { rows: await this.readCandidates(segment, session) };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const matchSet = await this.evaluate(
        segment,
        COLUMNS_OF_SORT[segment.sort],
        session,
        segment.sort === 'distance',
      );
      const matches = matchSet.postFilter === undefined ? matchSet.count : undefined;
      const selection = await this.select(segment, matchSet, session);
      if (selection === 'end-of-segment') return { rows: [], matches };
      if (selection === 'outdated') continue;
      const rows = await session.read<ProductRow>(selection.statement);
      if (selection.isCurrent(rows)) return { rows, matches };
    }
    throw abandonPath('the products of the page changed during each attempt to read it');
  }

  private async evaluate(
    segment: Segment,
    sortColumns: readonly ColumnName[],
    session: ReadSession,
    isExact: boolean,
  ): Promise<MatchSet> {
    const { filter, nameMatch } = segment;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' && areExact(filter.terms) ? nameRangesOf(filter) : [];
    const columns = [...new Set([...sortColumns, ...columnsFilteredBy(filter)])];
    const result = await this.index.find({ within, without, columns, outOfStock: filter.inStock === false }, session);
    const nearby = await this.findNearby(filter, session);
    const { ids } = result;
    const postFilters: ColumnFilter[] = [];
    for (const each of columnFiltersOf(filter, result.columns, nearby)) {
      if (isExact || ids.count() <= each.maxPreFilteredIds) each.preFilter(ids);
      else postFilters.push(each);
    }
    return {
      ...result,
      nearby,
      count: ids.count(),
      postFilter: postFilters.length === 0 ? undefined : postFilterOf(postFilters),
    };
  }

  private async findNearby({ near }: ProductFilter, session: ReadSession): Promise<NearbyProducers | undefined> {
    return near === undefined ? undefined : new NearbyProducers(await this.positions.within(near, session));
  }

  /** The index stores only the beginning of a long word, so the rows decide whether a longer term matches. */
  private async readCandidates(segment: Segment, session: ReadSession): Promise<readonly ProductRow[]> {
    const { ids, count } = await this.evaluate(segment, [], session, true);
    if (count > MAX_IDS) throw abandonPath(`${count} candidates for a long word are too many`);
    return count === 0 ? [] : session.read<ProductRow>(this.statements.ofIds(segment, ids.toArray()));
  }

  private async countCandidates(segment: Segment, session: ReadSession): Promise<number> {
    const { ids, count } = await this.evaluate(segment, [], session, true);
    if (count === 0) return 0;
    const [row] = await session.read<{ total: number }>(
      this.statements.count(segment, count > MAX_IDS ? undefined : ids.toArray()),
    );
    return row?.total ?? 0;
  }

  private async select(segment: Segment, matchSet: MatchSet, session: ReadSession): Promise<Selected> {
    const { keyed, before } = candidatesOf(segment, matchSet);
    const start = startOf(segment, matchSet);
    const rest = { ...segment, offset: segment.offset - before };
    if (segment.sort === 'price' || segment.sort === 'distance') {
      const sortKeyOf = (abbreviatedKey: number) =>
        segment.sort === 'price' ? abbreviatedKey : nearbyOf(matchSet).chordSquaredOf(abbreviatedKey);
      const page = selectPage(keyed, rest, start);
      return this.selectPage(
        rest,
        page.map(({ abbreviatedKey, id }) => ({ id, sortKey: sortKeyOf(abbreviatedKey) })),
      );
    }
    const topK = selectTopK(keyed, rest, start?.abbreviatedKey);
    if (topK === undefined) return 'end-of-segment';
    const tied = { ...rest, offset: rest.offset - topK.before };
    return this.selectTied(
      { segment: tied, sort: segment.sort, topK, columnOf: (name) => columnOf(matchSet.columns, name) },
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
    return isComplete(page) && page.every(({ sortKey }) => isTied(sortKey))
      ? this.selectPage(segment, page)
      : 'outdated';
  }

  /** Deletes may shorten the last page of a segment; every other page must be full. */
  private selectPage(segment: Segment, page: readonly SortEntry[]): Selected {
    if (page.length === 0) return 'end-of-segment';
    const sortKeys = new Map(page.map(({ id, sortKey }) => [id, sortKey]));
    const isComplete = ({ length }: readonly unknown[]) => page.length < segment.limit || length === page.length;
    return {
      statement: this.statements.ofIds({ ...segment, offset: 0 }, [...sortKeys.keys()]),
      isCurrent: (rows) => isComplete(rows) && rows.every((row) => keyOf(segment.sort, row) === sortKeys.get(row.id)),
    };
  }
}

function keyOf(sort: Segment['sort'], row: ProductRow): SortKey {
  const { priceMinor, nameText, createdAtMs, chordSquared = NaN } = row;
  return { price: priceMinor, name: nameText, createdAt: createdAtMs, distance: chordSquared }[sort];
}

function isBetween(value: number, lowest: number, highest: number): boolean {
  return value >= lowest && value <= highest;
}

/** Candidates of the page. Distances have no sorted column, so all matches are candidates. */
function candidatesOf(segment: Segment, matchSet: MatchSet): TopKCandidates {
  const { ids } = matchSet;
  if (segment.sort !== 'distance') {
    const bounds = segment.sort === 'price' ? priceBoundsOf(segment.filter) : ([0, MAX_ABBREVIATED_KEY] as const);
    return topKCandidates(
      { ...matchSet, column: columnOf(matchSet.columns, segment.sort), bounds },
      segment,
      startOf(segment, matchSet)?.abbreviatedKey,
    );
  }
  const { abbreviatedKeys, ids: all } = ids.keyedBy(columnOf(matchSet.columns, 'producer'));
  return { keyed: { abbreviatedKeys: nearbyOf(matchSet).ranksOf(abbreviatedKeys), ids: all }, before: 0 };
}

function nearbyOf({ nearby }: MatchSet): NearbyProducers {
  if (nearby === undefined) throw new Error('Sorting by distance requires `near`');
  return nearby;
}

function startOf({ sort, after }: Segment, matchSet: MatchSet): KeyedPosition | undefined {
  if (after === undefined) return undefined;
  if (sort === 'distance') return nearbyOf(matchSet).positionOf(after);
  const [key, id] = after as [string | number, number];
  return { abbreviatedKey: SORT_KEYS[sort].abbreviate(key), id };
}
