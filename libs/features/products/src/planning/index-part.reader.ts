/**
 * Reads a part of a list by the search index: all that is asked for is decided on ids, by sets and columns held in
 * memory; then the codes of the sort tell which few of them the page is among, and only their rows are read.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import type { CatalogueView } from '../catalogue.reader';
import { ProducerPositionsReader } from '../near/producer-positions.reader';
import { hasPrice, hasProducers, type ProductFilter, type ProductRow } from '../product-listing';
import type { Column, ColumnName } from '../search-index/column';
import { keepIf, type CodedIds } from '../search-index/coded-ids';
import type { IdSet } from '../search-index/id-set';
import { nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository } from '../search-index/search-index.repository';
import { codeOf, highestKeyOf, lowestKeyOf, MAX_CODE, type CodedSort } from '../search-index/sort-codes';
import { exactPage, type CodedPlace } from './exact-page';
import { leadingIds, type LeadingIds } from './leading-ids';
import type { ListPart } from './list-part';
import { NearbyProducers } from './nearby-producers';
import { PartStatements, type NamedProduct } from './part-statements';
import { rank, type RankedIds } from './ranked-ids';
import { TiedNames } from './tied-names';

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

/** Rows that are simply read and sorted; of more, whose codes are alike, it is found out what decides between them. */
const MAX_FETCHED_IDS = 100;

/** Of more ids it takes too long to look at all before the page: 4 ns for each of producers, 1.5 ns of prices. */
const MAX_IDS_BY_PRODUCER = 100_000;
const MAX_IDS_BY_PRICE = 1_000_000;
/** Fewer than one in so many are cut out at once, however many the others are. */
const NARROW = 16;

/** What is asked of the matches by their values in a column. */
interface Cut {
  readonly atOnce: (ids: IdSet) => void;
  readonly onTheWay: (some: CodedIds) => CodedIds;
  readonly maxIdsAtOnce: number;
}

const COLUMNS_OF_SORT: Readonly<Record<ListPart['sort'], readonly ColumnName[]>> = {
  price: ['price'],
  name: ['name', 'nameHigh', 'nameLow'],
  createdAt: ['createdAt'],
  distance: ['producer'],
};

@Injectable()
export class IndexPartReader {
  private readonly statements: PartStatements;

  constructor(
    dataSource: DataSource,
    private readonly index: SearchIndexRepository,
    private readonly positions: ProducerPositionsReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async count(part: ListPart, view: CatalogueView): Promise<number> {
    const { count } = await this.find(part, [], view, true);
    return count;
  }

  async read(part: ListPart, view: CatalogueView): Promise<PartRows> {
    const found = await this.find(part, COLUMNS_OF_SORT[part.sort], view, part.sort === 'distance');
    const { coded, before } = leading(part, found);
    const statement = await this.statementOf({ ...part, offset: part.offset - before }, coded, found, view);
    const rows = statement === undefined ? [] : await view.read<ProductRow>(statement);
    return { rows, matches: found.test === undefined ? found.count : undefined };
  }

  private async find(
    part: ListPart,
    ofSort: readonly ColumnName[],
    view: CatalogueView,
    isExact: boolean,
  ): Promise<Matches> {
    const { filter, nameMatch } = part;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' ? nameRangesOf(filter) : [];
    const columns = [...new Set([...ofSort, ...columnsOf(filter)])];
    const found = await this.index.find({ within, without, columns, outOfStock: filter.inStock === false }, view);
    const nearby = await this.findNearby(filter, view);
    const { ids } = found;
    const left: Cut[] = [];
    for (const cut of cutsOf(filter, found, nearby)) {
      if (isExact || ids.count() <= cut.maxIdsAtOnce) cut.atOnce(ids);
      else left.push(cut);
    }
    return { ...found, nearby, count: ids.count(), test: left.length === 0 ? undefined : allOf(left) };
  }

  private async findNearby({ near }: ProductFilter, view: CatalogueView): Promise<NearbyProducers | undefined> {
    return near === undefined ? undefined : new NearbyProducers(await this.positions.within(near, view));
  }

  /** Undefined where nothing is left for the page. */
  private async statementOf(part: ListPart, coded: CodedIds, found: Matches, view: CatalogueView) {
    if (part.sort === 'price' || part.sort === 'distance')
      return this.ofPage(part, exactPage(coded, part, placeOf(part, found)));
    const ranked = rank(coded, part, placeOf(part, found)?.code);
    if (ranked === undefined) return undefined;
    const rest = { ...part, offset: part.offset - ranked.before };
    if (ranked.ids.length <= MAX_FETCHED_IDS) return this.statements.ofIds(rest, [...ranked.ids]);
    const names = part.sort === 'name' ? await this.namesAmong(ranked, found, view) : undefined;
    if (names !== undefined) return this.ofPage(rest, exactPage(names.coded, rest, names.placeOf(part.beyond)));
    return this.amongAlike(rest, part.sort, ranked, columnOf(found, part.sort));
  }

  private ofPage(part: ListPart, page: readonly number[]): SqlFragment | undefined {
    return page.length === 0 ? undefined : this.statements.ofIds({ ...part, offset: 0 }, page);
  }

  private namesAmong({ ids }: RankedIds, found: Matches, view: CatalogueView): Promise<TiedNames | undefined> {
    const columns = { high: columnOf(found, 'nameHigh'), low: columnOf(found, 'nameLow') };
    return TiedNames.of(ids, columns, (some) => view.read<NamedProduct>(this.statements.namesOf(some)));
  }

  /** All rows whose codes are alike, sorted; where those are very many, it is shorter to walk from the first of them. */
  private amongAlike(part: ListPart, sort: CodedSort, ranked: RankedIds, codes: Column): SqlFragment {
    const { ids, lowest, highest } = ranked;
    const rowsPerMatch = codes.countBetween(lowest, highest) / ids.length;
    if ((part.offset + part.limit) * rowsPerMatch >= ids.length) return this.statements.ofIds(part, [...ids]);
    return this.statements.walk(part, { from: lowestKeyOf(sort, lowest), to: highestKeyOf(sort, highest) });
  }
}

function columnsOf(filter: ProductFilter): ColumnName[] {
  return [...(hasPrice(filter) ? (['price'] as const) : []), ...(hasProducers(filter) ? (['producer'] as const) : [])];
}

function columnOf({ columns }: Pick<Matches, 'columns'>, name: ColumnName): Column {
  const column = columns.get(name);
  if (column === undefined) throw new Error(`the column of ${name} was not read`);
  return column;
}

/** The codes of prices are the prices. */
function pricesOf({ minPriceMinor = 0, maxPriceMinor = MAX_CODE }: ProductFilter): [lowest: number, highest: number] {
  return [minPriceMinor, maxPriceMinor];
}

function cutsOf(filter: ProductFilter, found: Pick<Matches, 'columns'>, nearby: NearbyProducers | undefined): Cut[] {
  const cuts: Cut[] = [];
  const { producerId } = filter;
  if (producerId !== undefined) cuts.push(between(columnOf(found, 'producer'), [producerId, producerId]));
  if (hasPrice(filter)) cuts.push(between(columnOf(found, 'price'), pricesOf(filter)));
  if (nearby !== undefined) cuts.push(byNearness(columnOf(found, 'producer'), nearby));
  return cuts;
}

function between(column: Column, [lowest, highest]: readonly [number, number]): Cut {
  const isNarrow = column.countBetween(lowest, highest) < column.capacity / NARROW;
  return {
    atOnce: (ids) => ids.keepBetween(column, lowest, highest),
    onTheWay: (some) => {
      const values = column.valuesOf(some.ids);
      return keepIf(some, (at) => values[at]! >= lowest && values[at]! <= highest);
    },
    maxIdsAtOnce: isNarrow ? Infinity : MAX_IDS_BY_PRICE,
  };
}

function byNearness(producers: Column, nearby: NearbyProducers): Cut {
  return {
    atOnce: (ids) => ids.keepListed(producers, nearby.list),
    onTheWay: (some) => nearby.keepNear(some, producers.valuesOf(some.ids)),
    maxIdsAtOnce: MAX_IDS_BY_PRODUCER,
  };
}

function allOf(cuts: readonly Cut[]): Cut['onTheWay'] {
  return (some) => cuts.reduce((kept, cut) => cut.onTheWay(kept), some);
}

/** The matches that the page may be among. Distances have no sorted column, so there all are ranked. */
function leading(part: ListPart, found: Matches): LeadingIds {
  const { ids } = found;
  if (part.sort !== 'distance') {
    const bounds = part.sort === 'price' ? pricesOf(part.filter) : ([0, MAX_CODE] as const);
    return leadingIds({ ...found, column: columnOf(found, part.sort), bounds }, part, placeOf(part, found)?.code);
  }
  const { codes, ids: all } = ids.codedBy(columnOf(found, 'producer'));
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
