/**
 * Reads a part of a list by the search index: all that is asked for is decided on ids, by sets and columns held in
 * memory; then the codes of the sort tell which few of them the page is among, and only their rows are read.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import { abandonPath } from '../catalogue-availability';
import type { CatalogueView } from '../catalogue.reader';
import { ProducerPositionsReader } from '../near/producer-positions.reader';
import type { ProductFilter, ProductRow, SortKey } from '../product-listing';
import type { Column, ColumnName } from '../search-index/column';
import type { CodedIds } from '../search-index/coded-ids';
import type { IdSet } from '../search-index/id-set';
import { areExact, nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository } from '../search-index/search-index.repository';
import { codeOf, MAX_CODE } from '../search-index/sort-codes';
import {
  columnFiltersOf,
  columnOf,
  columnsFilteredBy,
  postFilterOf,
  priceBoundsOf,
  type ColumnFilter,
} from './column-filter';
import { exactPage, type CodedPlace } from './exact-page';
import { leadingIds, type LeadingIds } from './leading-ids';
import type { ListPart } from './list-part';
import { NearbyProducers } from './nearby-producers';
import { MAX_IDS, PartStatements, type SortEntry } from './part-statements';
import { rank } from './ranked-ids';
import { TieBreakReader, type Ties } from './tie-break.reader';

export interface PartRows {
  readonly rows: readonly ProductRow[];
  /** How many products the whole part has, where reading it has told. */
  readonly matches?: number | undefined;
}

/** All that match, but for what is tested on the way to the page. */
interface Matches {
  readonly ids: IdSet;
  readonly count: number;
  readonly test: ((some: CodedIds) => CodedIds) | undefined;
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

const COLUMNS_OF_SORT: Readonly<Record<ListPart['sort'], readonly ColumnName[]>> = {
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
export class IndexPartReader {
  private readonly statements: PartStatements;
  private readonly ties: TieBreakReader;

  constructor(
    dataSource: DataSource,
    private readonly index: SearchIndexRepository,
    private readonly positions: ProducerPositionsReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
    this.ties = new TieBreakReader(this.statements);
  }

  async count(part: ListPart, view: CatalogueView): Promise<number> {
    if (!areExact(part.filter.terms)) return this.countCandidates(part, view);
    const { count } = await this.find(part, [], view, true);
    return count;
  }

  /** Abandons the path if products keep changing between the index and their rows, or candidates are too many. */
  async read(part: ListPart, view: CatalogueView): Promise<PartRows> {
    if (!areExact(part.filter.terms)) return { rows: await this.readCandidates(part, view) };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const found = await this.find(part, COLUMNS_OF_SORT[part.sort], view, part.sort === 'distance');
      const matches = found.test === undefined ? found.count : undefined;
      const selection = await this.select(part, found, view);
      if (selection === 'end-of-part') return { rows: [], matches };
      if (selection === 'outdated') continue;
      const rows = await view.read<ProductRow>(selection.statement);
      if (selection.isOf(rows)) return { rows, matches };
    }
    throw abandonPath('the products of the page kept changing while it was read');
  }

  private async find(
    part: ListPart,
    ofSort: readonly ColumnName[],
    view: CatalogueView,
    isExact: boolean,
  ): Promise<Matches> {
    const { filter, nameMatch } = part;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' && areExact(filter.terms) ? nameRangesOf(filter) : [];
    const columns = [...new Set([...ofSort, ...columnsFilteredBy(filter)])];
    const found = await this.index.find({ within, without, columns, outOfStock: filter.inStock === false }, view);
    const nearby = await this.findNearby(filter, view);
    const { ids } = found;
    const left: ColumnFilter[] = [];
    for (const each of columnFiltersOf(filter, found.columns, nearby)) {
      if (isExact || ids.count() <= each.maxPreFilteredIds) each.preFilter(ids);
      else left.push(each);
    }
    return { ...found, nearby, count: ids.count(), test: left.length === 0 ? undefined : postFilterOf(left) };
  }

  private async findNearby({ near }: ProductFilter, view: CatalogueView): Promise<NearbyProducers | undefined> {
    return near === undefined ? undefined : new NearbyProducers(await this.positions.within(near, view));
  }

  /** The index knows words by their beginnings; whether a longer one matches, its products say. */
  private async readCandidates(part: ListPart, view: CatalogueView): Promise<readonly ProductRow[]> {
    const { ids, count } = await this.find(part, [], view, true);
    if (count > MAX_IDS) throw abandonPath(`${count} products may match a long word`);
    return count === 0 ? [] : view.read<ProductRow>(this.statements.ofIds(part, ids.toArray()));
  }

  private async countCandidates(part: ListPart, view: CatalogueView): Promise<number> {
    const { ids, count } = await this.find(part, [], view, true);
    if (count === 0) return 0;
    const [row] = await view.read<{ total: number }>(
      this.statements.count(part, count > MAX_IDS ? undefined : ids.toArray()),
    );
    return row?.total ?? 0;
  }

  private async select(part: ListPart, found: Matches, view: CatalogueView): Promise<Selected> {
    const { coded, before } = leading(part, found);
    const place = placeOf(part, found);
    const rest = { ...part, offset: part.offset - before };
    if (part.sort === 'price' || part.sort === 'distance') {
      const keyOfCode = (code: number) => (part.sort === 'price' ? code : nearbyOf(found).chordSquaredOf(code));
      const page = exactPage(coded, rest, place);
      return this.selectPage(
        rest,
        page.map(({ code, id }) => ({ id, sortKey: keyOfCode(code) })),
      );
    }
    const ranked = rank(coded, rest, place?.code);
    if (ranked === undefined) return 'end-of-part';
    const tied = { ...rest, offset: rest.offset - ranked.before };
    return this.selectTied(
      { part: tied, sort: part.sort, ranked, columnOf: (name) => columnOf(found.columns, name) },
      view,
    );
  }

  /** Products that have moved out of the tied ones since the index was read would hide those in between. */
  private async selectTied(ties: Ties, view: CatalogueView): Promise<Selected> {
    const { part, sort, ranked } = ties;
    const { ids, lowest, highest, isEnough } = ranked;
    const isWhole = ({ length }: readonly unknown[]) => !isEnough || length === part.limit;
    const isTied = (sortKey: SortKey) => isBetween(codeOf(sort, sortKey), lowest, highest);
    if (ids.length <= MAX_FETCHED_IDS)
      return {
        statement: this.statements.ofIds(part, [...ids]),
        isOf: (rows) => isWhole(rows) && rows.every((row) => isTied(keyOf(sort, row))),
      };
    const page = await this.ties.pageOf(ties, view);
    return isWhole(page) && page.every(({ sortKey }) => isTied(sortKey)) ? this.selectPage(part, page) : 'outdated';
  }

  /** The last page of a part may have lost products; any other has to be full. */
  private selectPage(part: ListPart, page: readonly SortEntry[]): Selected {
    if (page.length === 0) return 'end-of-part';
    const sortKeys = new Map(page.map(({ id, sortKey }) => [id, sortKey]));
    const isWhole = ({ length }: readonly unknown[]) => page.length < part.limit || length === page.length;
    return {
      statement: this.statements.ofIds({ ...part, offset: 0 }, [...sortKeys.keys()]),
      isOf: (rows) => isWhole(rows) && rows.every((row) => keyOf(part.sort, row) === sortKeys.get(row.id)),
    };
  }
}

function keyOf(sort: ListPart['sort'], row: ProductRow): SortKey {
  const { priceMinor, nameText, createdAtMs, chordSquared = NaN } = row;
  return { price: priceMinor, name: nameText, createdAt: createdAtMs, distance: chordSquared }[sort];
}

function isBetween(value: number, lowest: number, highest: number): boolean {
  return value >= lowest && value <= highest;
}

/** The matches that the page may be among. Distances have no sorted column, so there all are ranked. */
function leading(part: ListPart, found: Matches): LeadingIds {
  const { ids } = found;
  if (part.sort !== 'distance') {
    const bounds = part.sort === 'price' ? priceBoundsOf(part.filter) : ([0, MAX_CODE] as const);
    return leadingIds(
      { ...found, column: columnOf(found.columns, part.sort), bounds },
      part,
      placeOf(part, found)?.code,
    );
  }
  const { codes, ids: all } = ids.codedBy(columnOf(found.columns, 'producer'));
  return { coded: { codes: nearbyOf(found).ranksOf(codes), ids: all }, before: 0 };
}

function nearbyOf({ nearby }: Matches): NearbyProducers {
  if (nearby === undefined) throw new Error('distance to nowhere');
  return nearby;
}

function placeOf({ sort, beyond }: ListPart, found: Matches): CodedPlace | undefined {
  if (beyond === undefined) return undefined;
  if (sort === 'distance') return nearbyOf(found).placeOf(beyond);
  const [key, id] = beyond as [string | number, number];
  return { code: codeOf(sort, key), id };
}
