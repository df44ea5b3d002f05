/** Reads a part of a list by the access path it is told. */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader } from '../catalogue.reader';
import type { ProductFilter, ProductRow } from '../product-listing';
import { IdSet } from '../search-index/id-set';
import { nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository, type IndexAnswer } from '../search-index/search-index.repository';
import { codeOf, highestKeyOf, lowestKeyOf, type CodedSort, type SortCodes } from '../search-index/sort-codes';
import type { AccessPath } from './cost-estimate';
import {
  hasPrice,
  hasProducers,
  looseLimit,
  planIndexReading,
  type Expected,
  type IndexReading,
} from './index-reading';
import type { ListPart } from './list-part';
import { OutwardsReader } from './outwards.reader';
import { PartStatements } from './part-statements';
import { rank, type RankedIds } from './ranked-ids';

export interface PartRows {
  readonly rows: readonly ProductRow[];
  /** How many products the whole part has, where reading it has told. */
  readonly matches?: number | undefined;
}

export interface ReadRequest {
  readonly part: ListPart;
  readonly path: AccessPath;
  readonly expected: Expected;
  /** Ids whose rows are simply read and sorted. */
  readonly maxFetchedIds: number;
  /** Of each statement. */
  readonly limitMs: number;
}

@Injectable()
export class ListPartReader {
  private readonly statements: PartStatements;

  constructor(
    dataSource: DataSource,
    private readonly reader: CatalogueReader,
    private readonly index: SearchIndexRepository,
    private readonly outwards: OutwardsReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async read(request: ReadRequest): Promise<PartRows> {
    const { part, path, limitMs } = request;
    switch (path) {
      case 'search-index':
        return this.readByIndex(request);
      case 'outwards':
        return { rows: await this.outwards.read(part, limitMs) };
      case 'walk':
        return { rows: await this.reader.read<ProductRow>(this.statements.walk(part), limitMs) };
      case 'price-range':
        return { rows: await this.reader.read<ProductRow>(this.statements.priceRange(part), limitMs) };
      case 'producers':
        return { rows: await this.reader.read<ProductRow>(this.statements.producers(part), limitMs) };
    }
  }

  /** How many products the part has, all of them, from the search index. */
  async countByIndex(part: ListPart, limitMs: number): Promise<number> {
    const sorts = hasPrice(part.filter) ? (['price'] as const) : [];
    const answer = await this.findIds(part, { isLoose: false, isPriceListed: false, sorts }, limitMs);
    return withinPrices(answer, part.filter).count();
  }

  async count(part: ListPart, limitMs: number): Promise<number> {
    const [row] = await this.reader.read<{ total: number }>(this.statements.count(part), limitMs);
    return row?.total ?? 0;
  }

  /** What is likely to be needed is read at once; what else turns out to be needed, afterwards. */
  private async readByIndex(request: ReadRequest): Promise<PartRows> {
    const { part, expected, maxFetchedIds, limitMs } = request;
    const reading = planIndexReading(part, expected, maxFetchedIds);
    const { isLoose } = reading;
    const found = await this.findIds(part, reading, limitMs);
    const answer = { ...found, ids: withinPrices(found, part.filter) };
    const count = answer.ids.count();
    if (part.sort === 'distance' || count <= maxFetchedIds) {
      const isCounted = !isLoose && (!hasPrice(part.filter) || reading.isPriceListed || found.codes.has('price'));
      const rows = await this.readOfIds(part, answer.ids.toArray(), limitMs);
      return { rows, matches: isCounted ? count : undefined };
    }
    if (isLoose) return { rows: await this.readLoosely(request, part.sort, answer) };
    return this.readRanked(request, part.sort, answer, reading.isPriceListed);
  }

  /** All that is asked for is decided on the ids, so that their ranks are those of the list. */
  private async readRanked(
    request: ReadRequest,
    sort: CodedSort,
    answer: IndexAnswer,
    isPriced: boolean,
  ): Promise<PartRows> {
    const { part, maxFetchedIds, limitMs } = request;
    const wanted: CodedSort[] = hasPrice(part.filter) && !isPriced ? ['price', sort] : [sort];
    const codes = await this.withCodes(answer, wanted, limitMs);
    const ids = withinPrices({ ...answer, codes }, part.filter);
    const matches = ids.count();
    const ofSort = codesOf(codes, sort);
    const ranked = rank(ofSort.of(ids), part, startCode(part, sort));
    if (ranked === undefined) return { rows: [], matches };
    const rest = { ...part, offset: part.offset - ranked.before };
    if (ranked.ids.length <= maxFetchedIds || !isWalkedRather(rest, ranked, ofSort))
      return { rows: await this.readOfIds(rest, ranked.ids, limitMs), matches };
    const statement = this.statements.walk(rest, toBounds(sort, ranked));
    return { rows: await this.reader.read<ProductRow>(statement, limitMs), matches };
  }

  /** Price and place are tested on the rows: as many of the first ids are read as should give the page, or more. */
  private async readLoosely({ part, expected, limitMs }: ReadRequest, sort: CodedSort, answer: IndexAnswer) {
    const codes = await this.withCodes(answer, [sort], limitMs);
    const coded = codesOf(codes, sort).of(answer.ids);
    for (let limit = looseLimit(part, expected); ; limit *= 4) {
      const ranked = rank(coded, { ...part, limit }, startCode(part, sort));
      if (ranked === undefined) return [];
      const rows = await this.readOfIds(part, ranked.ids, limitMs);
      if (rows.length === part.limit || limit >= coded.ids.length) return rows;
    }
  }

  private async withCodes(answer: IndexAnswer, sorts: readonly CodedSort[], limitMs: number) {
    const missing = sorts.filter((sort) => !answer.codes.has(sort));
    return new Map([...answer.codes, ...(await this.index.findCodes(missing, limitMs))]);
  }

  private async readOfIds(part: ListPart, ids: readonly number[], limitMs: number): Promise<ProductRow[]> {
    return ids.length === 0 ? [] : this.reader.read<ProductRow>(this.statements.ofIds(part, ids), limitMs);
  }

  private async findIds(
    part: ListPart,
    { isLoose, isPriceListed, sorts }: Omit<IndexReading, 'fetched'>,
    limitMs: number,
  ): Promise<IndexAnswer> {
    const { filter, nameMatch } = part;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' ? nameRangesOf(filter) : [];
    const answer = await this.index.find({ within, without, sorts, outOfStock: filter.inStock === false }, limitMs);
    if (isPriceListed) await this.keep(answer.ids, this.statements.idsOfPrices(filter), limitMs);
    if (hasProducers(filter) && !isLoose) await this.keep(answer.ids, this.statements.idsOfProducers(filter), limitMs);
    return answer;
  }

  /** Keeps the ids that the statement gives. */
  private async keep(ids: IdSet, statement: SqlFragment, limitMs: number): Promise<void> {
    const listed = await this.reader.read<{ id: number }>(statement, limitMs);
    ids.intersect(IdSet.of(listed.map(({ id }) => id)));
  }
}

/** The codes of prices are the prices themselves; without them nothing is left out. */
function withinPrices({ ids: all, codes: ofSorts }: IndexAnswer, filter: ProductFilter): IdSet {
  const prices = ofSorts.get('price');
  if (!hasPrice(filter) || prices === undefined) return all;
  const { minPriceMinor = 0, maxPriceMinor = Infinity } = filter;
  const { codes, ids } = prices.of(all);
  return IdSet.of(ids.filter((_, at) => isBetween(codes[at]!, minPriceMinor, maxPriceMinor)));
}

function codesOf(codes: IndexAnswer['codes'], sort: CodedSort): SortCodes {
  const found = codes.get(sort);
  if (found === undefined) throw new Error(`the codes of ${sort} were not read`);
  return found;
}

/** Among very many equal codes it is shorter to walk from the first of them than to read all their products. */
function isWalkedRather({ offset, limit }: ListPart, { ids, lowest, highest }: RankedIds, codes: SortCodes): boolean {
  const rowsPerMatch = codes.countBetween(lowest, highest) / ids.length;
  return (offset + limit) * rowsPerMatch < ids.length;
}

function startCode({ beyond }: ListPart, sort: CodedSort): number | undefined {
  return beyond === undefined ? undefined : codeOf(sort, beyond[0]!);
}

function toBounds(sort: CodedSort, { lowest, highest }: RankedIds) {
  return { from: lowestKeyOf(sort, lowest), to: highestKeyOf(sort, highest) };
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
