/** Queries the search index: the products that are in several sets, and their columns. */
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import {
  ALL,
  ALL_CATEGORIES,
  IN_STOCK,
  categoryOfKey,
  type ColumnName,
  type KeyRange,
  type ReadSession,
} from '@catalogue';
import { IdSet, type Column } from '@engine/search';
import { IndexCacheReader, inRange } from './index-cache.reader';

/**
 * The sets of a group are united. A product must be in every group of `within`, and not in every group of `without`.
 */
export interface IndexQuery {
  readonly within: readonly (readonly KeyRange[])[];
  readonly without: readonly (readonly KeyRange[])[];
  /** Only products out of stock. */
  readonly outOfStock?: boolean;
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

  async find(query: IndexQuery, session: ReadSession): Promise<IndexResult> {
    const { without, outOfStock = false } = query;
    const within = query.within.length === 0 ? [[{ from: ALL }]] : query.within;
    const groups = [...within, ...without, ...(outOfStock ? [[{ from: IN_STOCK }]] : [])];
    const { sets, columns } = await this.cache.read(groups.flat(), query.columns, session);
    const unions = groups.map((group) => IdSet.unionOf(sets.splice(0, group.length)));
    const ids = IdSet.intersectionOf(unions.slice(0, within.length));
    if (without.length > 0)
      ids.subtract(IdSet.intersectionOf(unions.slice(within.length, within.length + without.length)));
    if (outOfStock) ids.subtract(unions.at(-1)!);
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
