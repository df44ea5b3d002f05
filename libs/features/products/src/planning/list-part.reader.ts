/** Reads a part of a list by the access path it is told. */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader } from '../catalogue.reader';
import type { ProductFilter, ProductRow } from '../product-listing';
import { IdSet } from '../search-index/id-set';
import { nameRangesOf, rangesOf } from '../search-index/index-keys';
import { SearchIndexRepository, type IndexAnswer } from '../search-index/search-index.repository';
import { codeOf, highestKeyOf, lowestKeyOf, type CodedSort, type SortCodes } from '../search-index/sort-codes';
import type { ListPart } from './list-part';
import { OutwardsReader } from './outwards.reader';
import { PartStatements } from './part-statements';
import { MAX_FETCHED_IDS, type AccessPath } from './query-plan';
import { rank, type RankedIds } from './ranked-ids';

export interface PartRows {
  readonly rows: readonly ProductRow[];
  /** How many products the whole part has, where reading it has told. */
  readonly matches?: number | undefined;
}

export interface ReadRequest {
  readonly part: ListPart;
  readonly path: AccessPath;
  /** How many products are thought to match; undefined where nobody knows. */
  readonly expectedMatches: number | undefined;
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
    const answer = await this.findIds(part, hasPrice(part.filter) ? ['price'] : [], limitMs);
    return withinPrices(answer, part.filter).count();
  }

  async count(part: ListPart, limitMs: number): Promise<number> {
    const [row] = await this.reader.read<{ total: number }>(this.statements.count(part), limitMs);
    return row?.total ?? 0;
  }

  private async readByIndex(request: ReadRequest): Promise<PartRows> {
    const { part, expectedMatches = Infinity, limitMs } = request;
    const { sort } = part;
    if (sort === 'distance' || expectedMatches <= MAX_FETCHED_IDS) {
      const { ids } = await this.findIds(part, [], limitMs);
      const count = ids.count();
      if (count === 0) return { rows: [], matches: 0 };
      if (sort === 'distance' || count <= MAX_FETCHED_IDS)
        return {
          rows: await this.reader.read<ProductRow>(this.statements.ofIds(part, ids.toArray(), part.offset), limitMs),
          matches: hasPrice(part.filter) ? undefined : count,
        };
    }
    return this.readRanked(part, sort, limitMs);
  }

  private async readRanked(part: ListPart, sort: CodedSort, limitMs: number): Promise<PartRows> {
    const sorts: CodedSort[] = hasPrice(part.filter) && sort !== 'price' ? ['price', sort] : [sort];
    const answer = await this.findIds(part, sorts, limitMs);
    const codes = codesOf(answer, sort);
    const ids = withinPrices(answer, part.filter);
    const beyond = part.beyond === undefined ? undefined : codeOf(sort, part.beyond[0]!);
    const ranked = rank(codes.of(ids), part, beyond);
    const matches = ids.count();
    if (ranked === undefined) return { rows: [], matches };
    const offset = part.offset - ranked.before;
    const statement = this.isWalkedRather(part, ranked, codes)
      ? this.statements.walk({ ...part, offset }, toBounds(sort, ranked))
      : this.statements.ofIds(part, ranked.ids, offset);
    return { rows: await this.reader.read<ProductRow>(statement, limitMs), matches };
  }

  /** Among very many equal codes it is shorter to walk from the first of them than to read all their products. */
  private isWalkedRather({ offset, limit }: ListPart, { ids, before, lowest, highest }: RankedIds, codes: SortCodes) {
    const rowsPerMatch = codes.countBetween(lowest, highest) / ids.length;
    return ids.length > MAX_FETCHED_IDS && (offset - before + limit) * rowsPerMatch < ids.length;
  }

  private async findIds(part: ListPart, sorts: readonly CodedSort[], limitMs: number): Promise<IndexAnswer> {
    const { filter, nameMatch } = part;
    const within = [...rangesOf(filter), ...(nameMatch === 'all' ? nameRangesOf(filter) : [])];
    const without = nameMatch === 'some-missing' ? nameRangesOf(filter) : [];
    const outOfStock = filter.inStock === false;
    const answer = await this.index.find({ within, without, sorts, outOfStock }, limitMs);
    if (filter.producerId === undefined && filter.near === undefined) return answer;
    const offered = await this.reader.read<{ id: number }>(this.statements.idsOfProducers(filter), limitMs);
    answer.ids.intersect(IdSet.of(offered.map(({ id }) => id)));
    return answer;
  }
}

function hasPrice({ minPriceMinor, maxPriceMinor }: ProductFilter): boolean {
  return minPriceMinor !== undefined || maxPriceMinor !== undefined;
}

/** The codes of prices are the prices themselves. */
function withinPrices(answer: IndexAnswer, filter: ProductFilter): IdSet {
  if (!hasPrice(filter)) return answer.ids;
  const { minPriceMinor = 0, maxPriceMinor = Infinity } = filter;
  const { codes, ids } = codesOf(answer, 'price').of(answer.ids);
  return IdSet.of(ids.filter((_, at) => isBetween(codes[at]!, minPriceMinor, maxPriceMinor)));
}

function codesOf({ codes }: IndexAnswer, sort: CodedSort): SortCodes {
  const found = codes.get(sort);
  if (found === undefined) throw new Error(`the codes of ${sort} were not asked for`);
  return found;
}

function toBounds(sort: CodedSort, { lowest, highest }: RankedIds) {
  return { from: lowestKeyOf(sort, lowest), to: highestKeyOf(sort, highest) };
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
