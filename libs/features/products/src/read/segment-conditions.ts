/** Conditions and orders that all statements of a segment share. All values are bound parameters. */
import { joinSql, sql, trustedSql, type SqlFragment } from '@platform/database';
import { cellsAround, chordSquaredOf, toUnitVector, type Circle, type ColumnSort } from '@catalogue';
import type { ProductFilter, SortKeys } from '../list/product-listing';
import type { Segment } from '../list/segment';

export const SORT_COLUMNS = { price: 'price_minor', name: 'name_text', createdAt: 'created_at_ms' } as const;

export function segmentConditions(segment: Segment): SqlFragment[] {
  return [...filterConditions(segment.filter), ...nameConditions(segment)];
}

export function filterConditions(filter: ProductFilter): SqlFragment[] {
  const conditions: SqlFragment[] = [];
  if (filter.categories.length > 0) conditions.push(sql`p.category IN (${joinSql(filter.categories, ', ')})`);
  if (filter.minPriceMinor !== undefined) conditions.push(sql`p.price_minor >= ${filter.minPriceMinor}`);
  if (filter.maxPriceMinor !== undefined) conditions.push(sql`p.price_minor <= ${filter.maxPriceMinor}`);
  if (filter.inStock !== undefined) conditions.push(filter.inStock ? sql`p.stock > 0` : sql`p.stock = 0`);
  if (filter.producerId !== undefined) conditions.push(sql`p.producer_id = ${filter.producerId}`);
  if (filter.near !== undefined) conditions.push(...nearConditions(filter.near));
  conditions.push(...filter.terms.map((term) => sql`p.search_text LIKE ${wordPrefixPattern(term)}`));
  return conditions;
}

export function nameConditions({ filter, nameMatch }: Segment): SqlFragment[] {
  if (nameMatch === 'any') return [];
  const tests = joinSql(
    filter.terms.map((term) => sql`p.name_text LIKE ${wordPrefixPattern(term)}`),
    ' AND ',
  );
  return [nameMatch === 'all' ? sql`(${tests})` : sql`NOT (${tests})`];
}

function nearConditions(near: Circle): SqlFragment[] {
  const { size, cells } = cellsAround(near, near.radiusKm);
  return [
    sql`${trustedSql(`f.cell_${size}`)} IN (${joinSql(cells, ', ')})`,
    sql`${chordSquaredSql(near)} <= ${double(chordSquaredOf(near.radiusKm))}`,
  ];
}

/** Has the order of operations of `chordSquaredBetween`, so that rounding is identical. */
function chordSquaredSql(near: Circle): SqlFragment {
  const { x, y, z } = toUnitVector(near);
  const square = (axis: string, value: number) => {
    const difference = sql`(${trustedSql(`f.${axis}`)} - ${double(value)})`;
    return sql`${difference} * ${difference}`;
  };
  return sql`(${square('x', x)} + ${square('y', y)} + ${square('z', z)})`;
}

/**
 * A bound DOUBLE. As a literal, SQLite reads about one in 5,000 doubles as a neighbouring one; without the cast, MySQL
 * treats the value as a DECIMAL.
 */
function double(value: number): SqlFragment {
  return sql`CAST(${value} AS DOUBLE)`;
}

export function isOneOf(column: 'p.id' | 'p.producer_id', ids: readonly number[]): SqlFragment {
  return sql`${trustedSql(column)} IN (${joinSql(ids, ', ')})`;
}

export function chordColumn({ filter }: Segment): SqlFragment {
  return filter.near === undefined ? trustedSql('') : sql`, ${chordSquaredSql(filter.near)} AS chordSquared`;
}

/** Terms contain only letters, digits and marks, so no character needs escaping. */
function wordPrefixPattern(term: string): string {
  return `% ${term}%`;
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
