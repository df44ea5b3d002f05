/**
 * Reads a part of a list by the search index: all that is asked for is decided on ids, by sets and columns held in
 * memory; then the codes of the sort tell which few of them the page is among, and only their rows are read.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader } from '../catalogue.reader';
import { hasPrice, hasProducers, type ProductFilter, type ProductRow } from '../product-listing';
import type { Column, ColumnName } from '../search-index/column';
import type { CodedIds, IdSet } from '../search-index/id-set';
import { nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository } from '../search-index/search-index.repository';
import { codeOf, highestKeyOf, lowestKeyOf, type CodedSort } from '../search-index/sort-codes';
import { exactPage, type CodedPlace } from './exact-page';
import type { ListPart } from './list-part';
import { NearbyProducers } from './nearby-producers';
import { PartStatements, type KeyBounds, type NamedProduct, type Producer } from './part-statements';
import { rank, type RankedIds } from './ranked-ids';
import { TiedNames } from './tied-names';

export interface PartRows {
  readonly rows: readonly ProductRow[];
  /** How many products the whole part has, where reading it has told. */
  readonly matches?: number;
}

/** All that match. */
interface Matches {
  readonly ids: IdSet;
  readonly columns: ReadonlyMap<ColumnName, Column>;
  readonly nearby: NearbyProducers | undefined;
}

/** Rows that are simply read and sorted; of more, whose codes are alike, it is found out what decides between them. */
const MAX_FETCHED_IDS = 100;

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
    private readonly reader: CatalogueReader,
    private readonly index: SearchIndexRepository,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async count(part: ListPart, limitMs: number): Promise<number> {
    const { ids } = await this.find(part, [], limitMs);
    return ids.count();
  }

  async read(part: ListPart, limitMs: number): Promise<PartRows> {
    const found = await this.find(part, COLUMNS_OF_SORT[part.sort], limitMs);
    const coded = codedBy(part.sort, found);
    const matches = coded.ids.length;
    const ranked = rank(coded, part, placeOf(part, found)?.code);
    if (ranked === undefined) return { rows: [], matches };
    const page = ranked.ids.length > MAX_FETCHED_IDS ? await this.exactPage(part, ranked, found, limitMs) : undefined;
    if (page?.length === 0) return { rows: [], matches };
    const statement =
      page === undefined ? this.amongAlike(part, ranked, found) : this.statements.ofIds({ ...part, offset: 0 }, page);
    return { rows: await this.reader.read<ProductRow>(statement, limitMs), matches };
  }

  private async find(part: ListPart, ofSort: readonly ColumnName[], limitMs: number): Promise<Matches> {
    const { filter, nameMatch } = part;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' ? nameRangesOf(filter) : [];
    const columns = [...new Set([...ofSort, ...columnsOf(filter)])];
    const found = await this.index.find({ within, without, columns, outOfStock: filter.inStock === false }, limitMs);
    const nearby = await this.findNearby(filter, limitMs);
    if (hasPrice(filter)) keepPrices(found.ids, columnOf(found, 'price'), filter);
    if (hasProducers(filter)) keepProducers(found.ids, columnOf(found, 'producer'), filter, nearby);
    return { ...found, nearby };
  }

  private async findNearby({ near }: ProductFilter, limitMs: number): Promise<NearbyProducers | undefined> {
    if (near === undefined) return undefined;
    return new NearbyProducers(await this.reader.read<Producer>(this.statements.producersWithin(near), limitMs));
  }

  /** Undefined where only the rows can tell what is on the page. */
  private async exactPage(part: ListPart, ranked: RankedIds, found: Matches, limitMs: number) {
    if (part.sort === 'createdAt') return undefined;
    if (part.sort !== 'name') return exactPage(ranked, part, placeOf(part, found));
    const names = await this.namesAmong(ranked, found, limitMs);
    if (names === undefined) return undefined;
    const rest = { ...part, offset: part.offset - ranked.before };
    const place = names.placeOf(part.beyond);
    const byName = rank(names.coded, rest, place?.code);
    return byName === undefined ? [] : exactPage(byName, rest, place);
  }

  private namesAmong({ ids }: RankedIds, found: Matches, limitMs: number): Promise<TiedNames | undefined> {
    const columns = { high: columnOf(found, 'nameHigh'), low: columnOf(found, 'nameLow') };
    return TiedNames.of(ids, columns, (some) => this.reader.read<NamedProduct>(this.statements.namesOf(some), limitMs));
  }

  /** All rows whose codes are alike, sorted; where those are very many, it is shorter to walk along them. */
  private amongAlike(part: ListPart, ranked: RankedIds, found: Matches): SqlFragment {
    const rest = { ...part, offset: part.offset - ranked.before };
    if (part.sort !== 'distance' && isWalkedRather(rest, ranked, columnOf(found, part.sort)))
      return this.statements.walk(rest, toBounds(part.sort, ranked));
    return this.statements.ofIds(rest, [...ranked.ids]);
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

function keepPrices(ids: IdSet, prices: Column, { minPriceMinor = 0, maxPriceMinor = Infinity }: ProductFilter): void {
  ids.keepBetween(prices, minPriceMinor, maxPriceMinor);
}

function keepProducers(ids: IdSet, producers: Column, { producerId }: ProductFilter, nearby?: NearbyProducers): void {
  if (producerId !== undefined) ids.keepBetween(producers, producerId, producerId);
  if (nearby !== undefined) ids.keepListed(producers, nearby.ranks);
}

function codedBy(sort: ListPart['sort'], found: Matches): CodedIds {
  if (sort !== 'distance') return found.ids.codedBy(columnOf(found, sort));
  const { codes, ids } = found.ids.codedBy(columnOf(found, 'producer'));
  return { codes: codes.map((producerId) => nearbyOf(found).ranks[producerId]!), ids };
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

/** Among very many equal codes it is shorter to walk from the first of them than to read all their products. */
function isWalkedRather({ offset, limit }: ListPart, { ids, lowest, highest }: RankedIds, codes: Column): boolean {
  if (ids.length <= MAX_FETCHED_IDS) return false;
  const rowsPerMatch = codes.countBetween(lowest, highest) / ids.length;
  return (offset + limit) * rowsPerMatch < ids.length;
}

function toBounds(sort: CodedSort, { lowest, highest }: RankedIds): KeyBounds {
  return { from: lowestKeyOf(sort, lowest), to: highestKeyOf(sort, highest) };
}
