/** Queries the search index: the products that are in several sets, and their columns. */
import { ALL, ALL_CATEGORIES, categoryOfKey, type ColumnName, type KeyRange, type ReadSession } from '@catalogue';
import { IdSet, type Column } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import { IndexCacheReader, inRange } from './index-cache.reader';

/** The sets of a group are united. */
export interface IndexQuery {
  /** A product must be in every group. */
  readonly within: readonly (readonly KeyRange[])[];
  /** A product must not be in every group of one of these lists. */
  readonly without: readonly (readonly (readonly KeyRange[])[])[];
  readonly columns: readonly ColumnName[];
}

export interface IndexResult {
  /** The caller may modify it. */
  readonly ids: IdSet;
  readonly columns: ReadonlyMap<ColumnName, Column>;
}

@Injectable()
export class SearchIndexRepository {
  constructor(private readonly cache: IndexCacheReader) {}

  /** `{ within: [[tomato], [vegetables, fruits]], without: [[[stock]]] }` → tomatoes of two categories, out of stock. */
  async find(query: IndexQuery, session: ReadSession): Promise<IndexResult> {
    const within = query.within.length === 0 ? [[{ from: ALL }]] : query.within;
    const groups = [...within, ...query.without.flat()];
    const { sets, columns } = await this.cache.read(groups.flat(), query.columns, session);
    const unions = groups.map((group) => IdSet.unionOf(sets.splice(0, group.length)));
    const ids = IdSet.intersectionOf(unions.splice(0, within.length));
    for (const { length } of query.without) ids.subtract(IdSet.intersectionOf(unions.splice(0, length)));
    return { ids, columns: new Map(query.columns.map((name, at) => [name, columns[at]!])) };
  }

  /** Counts all products. mysql2 returns sums as decimal strings. */
  async count(session: ReadSession): Promise<number> {
    const [row] = await session.read<{ total: string | number | null }>(
      sql`SELECT SUM(size) AS total FROM search_index WHERE entry_key = ${ALL}`,
    );
    return Number(row?.total ?? 0);
  }

  async countByCategory(session: ReadSession): Promise<{ slug: string; productCount: number }[]> {
    const rows = await session.read<{ entryKey: string; total: string | number }>(
      sql`SELECT entry_key AS entryKey, SUM(size) AS total FROM search_index
          WHERE ${inRange(ALL_CATEGORIES)} GROUP BY entry_key ORDER BY entry_key`,
    );
    return rows.map(({ entryKey, total }) => ({ slug: categoryOfKey(entryKey), productCount: Number(total) }));
  }
}
