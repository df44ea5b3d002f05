/** The order of a segment and its seek position in SQL. All values are bound parameters. */
import type { ColumnSort } from '@catalogue';
import { joinSql, sql, trustedSql, type SqlFragment } from '@platform/database';
import { chordSquaredSql, double } from '../filters/near.filter';
import type { SortKeys } from '../query/product-listing';
import type { Segment } from '../query/segment';

export const SORT_COLUMNS = { price: 'price_minor', name: 'name_text', createdAt: 'created_at_ms' } as const;

export function isOneOf(column: 'p.id' | 'p.producer_id', ids: readonly number[]): SqlFragment {
  return sql`${trustedSql(column)} IN (${joinSql(ids, ', ')})`;
}

export function chordColumn({ filter }: Segment): SqlFragment {
  return filter.near === undefined ? trustedSql('') : sql`, ${chordSquaredSql(filter.near)} AS chordSquared`;
}

export function keyColumn(sort: ColumnSort): SqlFragment {
  return trustedSql(`p.${SORT_COLUMNS[sort]}`);
}

export function sortColumn({ sort, filter }: Segment): SqlFragment {
  if (sort !== 'distance') return keyColumn(sort);
  if (filter.near === undefined) throw new Error('Sorting by distance requires `near`');
  return chordSquaredSql(filter.near);
}

export function orderOf(segment: Segment): SqlFragment {
  const direction = trustedSql(segment.direction);
  return sql`${sortColumn(segment)} ${direction}, p.id ${direction}`;
}

/**
 * Keyset pagination: `k >= ? AND (k > ? OR id > ?)`. The row constructor `(k, id) > (?, ?)` would not use the index.
 */
export function afterStart({ after: keys, ...segment }: Segment): SqlFragment[] {
  if (keys === undefined) return [];
  const [value, id] = keys as [SortKeys[number], number];
  const key = sortColumn({ ...segment, after: undefined });
  const operator = trustedSql(segment.direction === 'asc' ? '>' : '<');
  const bound = segment.sort === 'distance' ? double(Number(value)) : value;
  return [sql`${key} ${operator}= ${bound} AND (${key} ${operator} ${bound} OR p.id ${operator} ${id})`];
}

export function where(conditions: readonly SqlFragment[]): SqlFragment {
  return conditions.length === 0 ? trustedSql('') : sql`WHERE ${joinSql(conditions, '\n      AND ')}`;
}
