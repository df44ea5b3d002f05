/**
 * Reads a part of a list by the search index: all that is asked for is decided on ids, by sets and columns held in
 * memory; then the codes of the sort tell which few of them the page is among, and only their rows are read.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import { abandonPath } from '../read-failures';
import type { ReadSession } from '../catalogue.reader';
import { ProducerPositionsReader } from '../near/producer-positions.reader';
import type { ProductFilter, ProductRow, SortKey } from '../product-listing';
import type { Column, ColumnName } from '../search-index/column';
import type { KeyedIds } from '../search-index/keyed-ids';
import type { IdSet } from '../search-index/id-set';
import { areExact, nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository } from '../search-index/search-index.repository';
import { abbreviatedKeyOf, MAX_ABBREVIATED_KEY } from '../search-index/abbreviated-keys';
import {
  columnFiltersOf,
  columnOf,
  columnsFilteredBy,
  postFilterOf,
  priceBoundsOf,
  type ColumnFilter,
} from './column-filter';
import { selectPage, type KeyedPosition } from './page-selection';
import { topKCandidates, type TopKCandidates } from './top-k-candidates';
import type { Segment } from './segment';
import { NearbyProducers } from './nearby-producers';
import { MAX_IDS, SegmentStatements, type SortEntry } from './segment-statements';
import { selectTopK } from './top-k';
import { TieBreakReader, type Ties } from './tie-break.reader';

export interface SegmentRows {
  readonly rows: readonly ProductRow[];
  /** How many products the whole part has, where reading it has told. */
  readonly matches?: number | undefined;
}

/** All that match, but for what is tested on the way to the page. */
interface Matches {
  readonly ids: IdSet;
  readonly count: number;
  readonly postFilter: ((some: KeyedIds) => KeyedIds) | undefined;
  readonly columns: ReadonlyMap<ColumnName, Column>;
  readonly nearby: NearbyProducers | undefined;
}

/**
 * Rows that the database sorts: twice the longest page, and what shares its first and last code. Of more products with
 * equal codes, the page is selected first.
 */
const MAX_FETCHED_IDS = 250;

/** Reads of a page whose products change while it is read; then another access path is taken. */
const MAX_ATTEMPTS = 3;

const COLUMNS_OF_SORT: Readonly<Record<Segment['sort'], readonly ColumnName[]>> = {
  price: ['price'],
  name: ['name', 'nameHigh', 'nameLow'],
  createdAt: ['createdAt'],
  distance: ['producer'],
};

/** The rows of a page, and whether those that were read are the ones that were selected. */
interface Selection {
  readonly statement: SqlFragment;
  readonly isOf: (rows: readonly ProductRow[]) => boolean;
}

/** `outdated`: the products have changed since the index was read. */
type Selected = Selection | 'end-of-part' | 'outdated';

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
    const { count } = await this.find(segment, [], session, true);
    return count;
  }

  /** Abandons the path if products keep changing between the index and their rows, or candidates are too many. */
  async read(segment: Segment, session: ReadSession): Promise<SegmentRows> {
    if (!areExact(segment.filter.terms)) return { rows: await this.readCandidates(segment, session) };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const found = await this.find(segment, COLUMNS_OF_SORT[segment.sort], session, segment.sort === 'distance');
      const matches = found.postFilter === undefined ? found.count : undefined;
      const selection = await this.select(segment, found, session);
      if (selection === 'end-of-part') return { rows: [], matches };
      if (selection === 'outdated') continue;
      const rows = await session.read<ProductRow>(selection.statement);
      if (selection.isOf(rows)) return { rows, matches };
    }
    throw abandonPath('the products of the page kept changing while it was read');
  }

  private async find(
    segment: Segment,
    ofSort: readonly ColumnName[],
    session: ReadSession,
    isExact: boolean,
  ): Promise<Matches> {
    const { filter, nameMatch } = segment;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' && areExact(filter.terms) ? nameRangesOf(filter) : [];
    const columns = [...new Set([...ofSort, ...columnsFilteredBy(filter)])];
    const found = await this.index.find({ within, without, columns, outOfStock: filter.inStock === false }, session);
    const nearby = await this.findNearby(filter, session);
    const { ids } = found;
    const left: ColumnFilter[] = [];
    for (const each of columnFiltersOf(filter, found.columns, nearby)) {
      if (isExact || ids.count() <= each.maxPreFilteredIds) each.preFilter(ids);
      else left.push(each);
    }
    return { ...found, nearby, count: ids.count(), postFilter: left.length === 0 ? undefined : postFilterOf(left) };
  }

  private async findNearby({ near }: ProductFilter, session: ReadSession): Promise<NearbyProducers | undefined> {
    return near === undefined ? undefined : new NearbyProducers(await this.positions.within(near, session));
  }

  /** The index knows words by their beginnings; whether a longer one matches, its products say. */
  private async readCandidates(segment: Segment, session: ReadSession): Promise<readonly ProductRow[]> {
    const { ids, count } = await this.find(segment, [], session, true);
    if (count > MAX_IDS) throw abandonPath(`${count} products may match a long word`);
    return count === 0 ? [] : session.read<ProductRow>(this.statements.ofIds(segment, ids.toArray()));
  }

  private async countCandidates(segment: Segment, session: ReadSession): Promise<number> {
    const { ids, count } = await this.find(segment, [], session, true);
    if (count === 0) return 0;
    const [row] = await session.read<{ total: number }>(
      this.statements.count(segment, count > MAX_IDS ? undefined : ids.toArray()),
    );
    return row?.total ?? 0;
  }

  private async select(segment: Segment, found: Matches, session: ReadSession): Promise<Selected> {
    const { keyed, before } = candidatesOf(segment, found);
    const place = startOf(segment, found);
    const rest = { ...segment, offset: segment.offset - before };
    if (segment.sort === 'price' || segment.sort === 'distance') {
      const keyOfCode = (abbreviatedKey: number) =>
        segment.sort === 'price' ? abbreviatedKey : nearbyOf(found).chordSquaredOf(abbreviatedKey);
      const page = selectPage(keyed, rest, place);
      return this.selectPage(
        rest,
        page.map(({ abbreviatedKey, id }) => ({ id, sortKey: keyOfCode(abbreviatedKey) })),
      );
    }
    const ranked = selectTopK(keyed, rest, place?.abbreviatedKey);
    if (ranked === undefined) return 'end-of-part';
    const tied = { ...rest, offset: rest.offset - ranked.before };
    return this.selectTied(
      { segment: tied, sort: segment.sort, ranked, columnOf: (name) => columnOf(found.columns, name) },
      session,
    );
  }

  /** Products that have moved out of the tied ones since the index was read would hide those in between. */
  private async selectTied(ties: Ties, session: ReadSession): Promise<Selected> {
    const { segment, sort, ranked } = ties;
    const { ids, lowest, highest, isEnough } = ranked;
    const isWhole = ({ length }: readonly unknown[]) => !isEnough || length === segment.limit;
    const isTied = (sortKey: SortKey) => isBetween(abbreviatedKeyOf(sort, sortKey), lowest, highest);
    if (ids.length <= MAX_FETCHED_IDS)
      return {
        statement: this.statements.ofIds(segment, [...ids]),
        isOf: (rows) => isWhole(rows) && rows.every((row) => isTied(keyOf(sort, row))),
      };
    const page = await this.ties.pageOf(ties, session);
    return isWhole(page) && page.every(({ sortKey }) => isTied(sortKey)) ? this.selectPage(segment, page) : 'outdated';
  }

  /** The last page of a part may have lost products; any other has to be full. */
  private selectPage(segment: Segment, page: readonly SortEntry[]): Selected {
    if (page.length === 0) return 'end-of-part';
    const sortKeys = new Map(page.map(({ id, sortKey }) => [id, sortKey]));
    const isWhole = ({ length }: readonly unknown[]) => page.length < segment.limit || length === page.length;
    return {
      statement: this.statements.ofIds({ ...segment, offset: 0 }, [...sortKeys.keys()]),
      isOf: (rows) => isWhole(rows) && rows.every((row) => keyOf(segment.sort, row) === sortKeys.get(row.id)),
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

/** The matches that the page may be among. Distances have no sorted column, so there all are ranked. */
function candidatesOf(segment: Segment, found: Matches): TopKCandidates {
  const { ids } = found;
  if (segment.sort !== 'distance') {
    const bounds = segment.sort === 'price' ? priceBoundsOf(segment.filter) : ([0, MAX_ABBREVIATED_KEY] as const);
    return topKCandidates(
      { ...found, column: columnOf(found.columns, segment.sort), bounds },
      segment,
      startOf(segment, found)?.abbreviatedKey,
    );
  }
  const { abbreviatedKeys, ids: all } = ids.keyedBy(columnOf(found.columns, 'producer'));
  return { keyed: { abbreviatedKeys: nearbyOf(found).ranksOf(abbreviatedKeys), ids: all }, before: 0 };
}

function nearbyOf({ nearby }: Matches): NearbyProducers {
  if (nearby === undefined) throw new Error('distance to nowhere');
  return nearby;
}

function startOf({ sort, after }: Segment, found: Matches): KeyedPosition | undefined {
  if (after === undefined) return undefined;
  if (sort === 'distance') return nearbyOf(found).positionOf(after);
  const [key, id] = after as [string | number, number];
  return { abbreviatedKey: abbreviatedKeyOf(sort, key), id };
}
