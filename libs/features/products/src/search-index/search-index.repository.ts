/** Asks the search index: which products are in all of some sets, and where they stand in a sort. */
import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '@platform/database';
import { CatalogueReader } from '../catalogue.reader';
import { IdSet } from './id-set';
import { sortKey } from './index-block';
import { ALL, ALL_CATEGORIES, categoryOfKey, IN_STOCK, type KeyRange } from './index-keys';
import { unite } from './posting';
import { SortCodes, type CodedSort } from './sort-codes';
import { viewOf, type StoredBytes } from './stored-bytes';

/** Sets are united within a group; a product must be in every group of `within`, and not in every one of `without`. */
export interface IndexQuery {
  readonly within: readonly (readonly KeyRange[])[];
  readonly without: readonly (readonly KeyRange[])[];
  /** Only what is out of stock. */
  readonly outOfStock?: boolean;
  /** Sorts whose codes are wanted too. */
  readonly sorts: readonly CodedSort[];
}

export interface IndexAnswer {
  readonly ids: IdSet;
  readonly codes: ReadonlyMap<CodedSort, SortCodes>;
}

interface IndexRow {
  readonly entryKey: string;
  readonly block: number;
  readonly data: StoredBytes;
}

@Injectable()
export class SearchIndexRepository {
  constructor(private readonly reader: CatalogueReader) {}

  /** One statement, whatever is asked. */
  async find({ within, without, outOfStock = false, sorts }: IndexQuery, limitMs?: number): Promise<IndexAnswer> {
    const included = within.length === 0 ? [[{ from: ALL }]] : within;
    const groups = [...included, ...without, ...(outOfStock ? [[{ from: IN_STOCK }]] : [])];
    const ranges = [...groups.flat(), ...sorts.map((sort) => ({ from: sortKey(sort) }))];
    const rows = await this.reader.read<IndexRow>(entriesStatement(ranges), limitMs);
    const sets = groups.map(() => new IdSet());
    for (const { entryKey, block, data } of rows) {
      groups.forEach((group, at) => {
        if (group.some((range) => isIn(entryKey, range))) unite(sets[at]!, block, viewOf(data));
      });
    }
    const ids = intersection(sets.slice(0, included.length));
    if (without.length > 0) ids.subtract(intersection(sets.slice(included.length, included.length + without.length)));
    if (outOfStock) ids.subtract(sets.at(-1)!);
    return { ids, codes: codesIn(rows, sorts) };
  }

  /** The codes of sorts that `find` was not asked for. */
  async findCodes(sorts: readonly CodedSort[], limitMs?: number): Promise<IndexAnswer['codes']> {
    if (sorts.length === 0) return new Map();
    const ranges = sorts.map((sort) => ({ from: sortKey(sort) }));
    return codesIn(await this.reader.read<IndexRow>(entriesStatement(ranges), limitMs), sorts);
  }

  /** How many products there are. Sums are decimal strings to mysql2. */
  async count(): Promise<number> {
    const [row] = await this.reader.read<{ total: string | number | null }>(
      sql`SELECT SUM(size) AS total FROM search_index WHERE entry_key = ${ALL}`,
    );
    return Number(row?.total ?? 0);
  }

  async countByCategory(): Promise<{ slug: string; productCount: number }[]> {
    const rows = await this.reader.read<{ entryKey: string; total: string | number }>(
      sql`SELECT entry_key AS entryKey, SUM(size) AS total FROM search_index
          WHERE ${inRange(ALL_CATEGORIES)} GROUP BY entry_key ORDER BY entry_key`,
    );
    return rows.map(({ entryKey, total }) => ({ slug: categoryOfKey(entryKey), productCount: Number(total) }));
  }
}

function entriesStatement(ranges: readonly KeyRange[]): SqlFragment {
  return sql`SELECT entry_key AS entryKey, block, data FROM search_index WHERE ${joinSql(ranges.map(inRange), ' OR ')}`;
}

function inRange({ from, to }: KeyRange): SqlFragment {
  return to === undefined ? sql`entry_key = ${from}` : sql`(entry_key >= ${from} AND entry_key < ${to})`;
}

/** As the databases compare: by code points, which for keys of one range is how they begin. */
function isIn(key: string, { from, to }: KeyRange): boolean {
  return to === undefined ? key === from : key.startsWith(from);
}

function codesIn(rows: readonly IndexRow[], sorts: readonly CodedSort[]): IndexAnswer['codes'] {
  const codes = new Map(sorts.map((sort) => [sortKey(sort), new SortCodes()]));
  for (const { entryKey, block, data } of rows) codes.get(entryKey)?.addBlock(block, viewOf(data));
  return new Map(sorts.map((sort) => [sort, codes.get(sortKey(sort))!]));
}

function intersection([first = new IdSet(), ...others]: readonly IdSet[]): IdSet {
  return others.reduce((all, set) => all.intersect(set), first);
}
