/**
 * The statements behind GET /products. The ids of a page are found first, only then the page's rows are fetched: where
 * the index of the sort has all that is filtered by, skipping an offset does not read the products it skips.
 */
import { joinSql, sql, trustedSql, type SqlFragment } from '@platform/database';
import type { Place, ProductFilter, ProductListing, SortKeys } from './product-listing';

export const PRODUCT_COLUMNS = trustedSql(`
  p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
  p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  f.id AS producerId, f.name AS producerName, f.latitude, f.longitude`);

/** One row more than the page holds, in reading order: backwards where the page ends at `start`. */
export function pageStatement(listing: ProductListing, start: Place | undefined): SqlFragment {
  const isBackwards = start?.side === 'before';
  const direction = (listing.order === 'asc') === isBackwards ? 'DESC' : 'ASC';
  const keys = sortKeys(listing);
  const conditions = filterConditions(listing.filter);
  if (start) conditions.push(beyond(keys, start.keys, direction === 'ASC' ? '>' : '<'));
  const orderBy = joinSql(
    keys.map((key) => sql`${key} ${trustedSql(direction)}`),
    ', ',
  );
  const offset = start ? 0 : (listing.page - 1) * listing.limit;
  return sql`
    SELECT ${PRODUCT_COLUMNS}
    FROM (SELECT p.id FROM products AS p ${where(conditions)} ORDER BY ${orderBy} LIMIT ${listing.limit + 1} OFFSET ${offset}) AS page
    JOIN products AS p ON p.id = page.id
    JOIN producers AS f ON f.id = p.producer_id
    ORDER BY ${orderBy}`;
}

/** How many products match, counting at most `atMost` of them. */
export function countStatement(filter: ProductFilter, atMost: number | undefined): SqlFragment {
  const matches = sql`FROM products AS p ${where(filterConditions(filter))}`;
  return atMost === undefined
    ? sql`SELECT COUNT(*) AS total ${matches}`
    : sql`SELECT COUNT(*) AS total FROM (SELECT 1 AS one ${matches} LIMIT ${atMost}) AS some`;
}

function filterConditions(filter: ProductFilter): SqlFragment[] {
  const conditions: SqlFragment[] = [];
  if (filter.categories.length > 0) conditions.push(sql`p.category IN (${joinSql(filter.categories, ', ')})`);
  if (filter.minPriceMinor !== undefined) conditions.push(sql`p.price_minor >= ${filter.minPriceMinor}`);
  if (filter.maxPriceMinor !== undefined) conditions.push(sql`p.price_minor <= ${filter.maxPriceMinor}`);
  if (filter.inStock !== undefined) conditions.push(filter.inStock ? sql`p.stock > 0` : sql`p.stock = 0`);
  if (filter.producerId !== undefined) conditions.push(sql`p.producer_id = ${filter.producerId}`);
  conditions.push(...filter.terms.map((term) => sql`p.search_text LIKE ${beginningOfAWord(term)}`));
  return conditions;
}

/** What the list is sorted by; all keys in one direction, the id last so that no two products are equal. */
function sortKeys({ sort, filter }: ProductListing): SqlFragment[] {
  switch (sort) {
    case 'price':
      return [sql`p.price_minor`, sql`p.id`];
    case 'name':
      return [sql`p.name_text`, sql`p.id`];
    case 'createdAt':
      return [sql`p.created_at_ms`, sql`p.id`];
    case 'relevance':
      return [nameHasAll(filter.terms), sql`p.created_at_ms`, sql`p.id`];
  }
}

/** 1 where the name alone has all terms, else 0: descending, those come first. */
function nameHasAll(terms: readonly string[]): SqlFragment {
  const tests = terms.map((term) => sql`p.name_text LIKE ${beginningOfAWord(term)}`);
  return sql`CASE WHEN ${joinSql(tests, ' AND ')} THEN 1 ELSE 0 END`;
}

/** Terms hold letters, digits and marks only, so nothing in them needs escaping. */
function beginningOfAWord(term: string): string {
  return `% ${term}%`;
}

/** `k >= ? AND (k > ? OR (id > ?))`: the row constructor `(k, id) > (?, ?)` would not use the index. */
function beyond(
  [key, ...keys]: readonly SqlFragment[],
  [value, ...values]: SortKeys,
  operator: '>' | '<',
): SqlFragment {
  if (key === undefined || value === undefined) throw new Error('a place must have one value for each key of its sort');
  const than = trustedSql(operator);
  if (keys.length === 0) return sql`${key} ${than} ${value}`;
  return sql`${key} ${than}= ${value} AND (${key} ${than} ${value} OR (${beyond(keys, values, operator)}))`;
}

function where(conditions: readonly SqlFragment[]): SqlFragment {
  return conditions.length === 0 ? trustedSql('') : sql`WHERE ${joinSql(conditions, '\n      AND ')}`;
}
