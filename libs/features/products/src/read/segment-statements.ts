/**
 * Statements that read a segment, one per access path. Each selects the ids of the page first and then reads only their
 * rows. Each names its index, because the optimizers of both engines choose poor indexes for ORDER BY … LIMIT.
 */
import { cellSizeFor, type Circle, type ColumnSort } from '@catalogue';
import type { SortKey } from '@engine/search';
import { joinSql, sql, trustedSql, type Dialect, type SqlFragment } from '@platform/database';
import type { Condition } from '../filters/filter';
import { segmentConditions, type Segment } from '../query/segment';
import { afterStart, chordColumn, isOneOf, keyColumn, orderOf, SORT_COLUMNS, sortColumn, where } from './segment-order';

export const PRODUCT_COLUMNS = trustedSql(`
  p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
  p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  f.id AS producerId, f.name AS producerName, f.latitude, f.longitude`);

const PRODUCER_INDEX = 'ix_products_producer_id_id';

/** Maximum number of ids in a statement: some 10 KB of text, far below a packet and SQLite's 32,766 placeholders. */
export const MAX_IDS = 1_000;

/** Bounds, both inclusive, of the keys of all wanted products. */
export interface KeyBounds {
  readonly from: SortKey | undefined;
  readonly to: SortKey | undefined;
}

/** A product id and its sort key. */
export interface SortEntry {
  readonly id: number;
  readonly sortKey: SortKey;
}

/** Null if no product is in the range. */
export interface TimeSpan {
  readonly earliest: number | null;
  readonly latest: number | null;
}

export class SegmentStatements {
  constructor(private readonly dialect: Dialect) {}

  /** Scans the index of the sort and tests each product; several categories are scanned separately and merged. */
  indexScan(segment: Segment): SqlFragment {
    const { categories } = segment.filter;
    if (segment.sort === 'distance') throw new Error('No index is sorted by distance');
    const column = SORT_COLUMNS[segment.sort];
    const key = keyColumn(segment.sort);
    const ofAnyCategory = { ...segment, filter: { ...segment.filter, categories: [] } };
    const conditions = [...matching(ofAnyCategory), ...afterStart(segment)];
    const scanOf = (index: string, ...more: SqlFragment[]) => {
      const from = sql`FROM ${this.products(index)} ${this.producersOf(segment)}`;
      return sql`${from} ${where([...more, ...conditions])}`;
    };
    if (categories.length === 0) return this.page(segment, scanOf(`ix_products_${column}_id`));
    const index = `ix_products_category_${column}_id`;
    const branches = categories.map((slug) => scanOf(index, sql`p.category = ${slug}`));
    const [only, ...others] = branches;
    return only !== undefined && others.length === 0 ? this.page(segment, only) : this.merged(segment, key, branches);
  }

  /** All products of the price range, sorted. */
  priceRange(segment: Segment): SqlFragment {
    return this.sorted(segment, priceIndexOf(segment.filter.categories));
  }

  /** All products of the producer or of the nearby producers, sorted. */
  producers(segment: Segment): SqlFragment {
    const { near, producerId } = segment.filter;
    if (near === undefined || producerId !== undefined) return this.sorted(segment, PRODUCER_INDEX);
    const products = sql`${this.join()} ${this.products(PRODUCER_INDEX)} ON p.producer_id = f.id`;
    return this.page(
      segment,
      sql`FROM ${this.nearby(near)} ${products} ${where([...matching(segment), ...afterStart(segment)])}`,
    );
  }

  /** The matches among these products, at most MAX_IDS. */
  ofIds(segment: Segment, ids: readonly number[]): SqlFragment {
    return this.sorted(segment, 'PRIMARY', isOneOf('p.id', ids));
  }

  /** The matches of these producers, at most MAX_IDS, nearest or farthest first. */
  ofProducers(segment: Segment, producerIds: readonly number[]): SqlFragment {
    return this.sorted(segment, PRODUCER_INDEX, isOneOf('p.producer_id', producerIds));
  }

  /** The sort keys of these products, at most MAX_IDS: one `SortEntry` each. */
  keysOf(sort: ColumnSort, ids: readonly number[]): SqlFragment {
    return sql`SELECT p.id, ${keyColumn(sort)} AS sortKey FROM products AS p WHERE ${isOneOf('p.id', ids)}`;
  }

  /** The entries of the sort's index from the start of a segment, whether or not they match: one `SortEntry` each. */
  entries(segment: Segment, sort: ColumnSort, { from, to }: KeyBounds, limit: number): SqlFragment {
    const { categories } = segment.filter;
    const [category, ...others] = categories;
    const isOfOne = category !== undefined && others.length === 0;
    const key = keyColumn(sort);
    const conditions = [...(isOfOne ? [sql`p.category = ${category}`] : []), ...afterStart(segment)];
    if (from !== undefined) conditions.push(sql`${key} >= ${from}`);
    if (to !== undefined) conditions.push(sql`${key} <= ${to}`);
    const index = `ix_products_${isOfOne ? 'category_' : ''}${SORT_COLUMNS[sort]}_id`;
    return sql`SELECT p.id, ${key} AS sortKey FROM ${this.products(index)} ${where(conditions)}
      ORDER BY ${orderOf(segment)} LIMIT ${limit}`;
  }

  /** The first and the last creation time within these bounds, one index look-up each: one `TimeSpan`. */
  timeSpan({ from = 0, to = Number.MAX_SAFE_INTEGER }: KeyBounds): SqlFragment {
    const products = sql`FROM ${this.products('ix_products_created_at_ms_id')}
      WHERE p.created_at_ms >= ${from} AND p.created_at_ms <= ${to}`;
    return sql`SELECT (SELECT MIN(p.created_at_ms) ${products}) AS earliest, (SELECT MAX(p.created_at_ms) ${products}) AS latest`;
  }

  /** Counts all matches, or those among the given ids, at most MAX_IDS. */
  count(segment: Segment, ids?: readonly number[]): SqlFragment {
    const conditions = [...(ids === undefined ? [] : [isOneOf('p.id', ids)]), ...matching(segment)];
    return sql`SELECT COUNT(*) AS total FROM products AS p ${this.producersOf(segment)} ${where(conditions)}`;
  }

  /** The products that an index returns, filtered, sorted and limited. */
  private sorted(segment: Segment, index: string, ...more: SqlFragment[]): SqlFragment {
    const conditions = where([...more, ...matching(segment), ...afterStart(segment)]);
    return this.page(segment, sql`FROM ${this.products(index)} ${this.producersOf(segment)} ${conditions}`);
  }

  private merged(segment: Segment, key: SqlFragment, branches: readonly SqlFragment[]): SqlFragment {
    const direction = trustedSql(segment.direction);
    const chord = chordColumn(segment);
    const branchPages = branches.map(
      (branch) => sql`SELECT * FROM (SELECT p.id, ${key} AS sort_key ${chord} ${branch}
        ORDER BY ${key} ${direction}, p.id ${direction} LIMIT ${segment.offset + segment.limit}) AS branch`,
    );
    return this.rowsOf(
      segment,
      sql`SELECT * FROM (${joinSql(branchPages, '\n      UNION ALL ')}) AS branches
      ORDER BY sort_key ${direction}, id ${direction} LIMIT ${segment.limit} OFFSET ${segment.offset}`,
    );
  }

  private page(segment: Segment, from: SqlFragment): SqlFragment {
    return this.rowsOf(
      segment,
      sql`SELECT p.id ${chordColumn(segment)} ${from}
      ORDER BY ${orderOf(segment)} LIMIT ${segment.limit} OFFSET ${segment.offset}`,
    );
  }

  private rowsOf(segment: Segment, ids: SqlFragment): SqlFragment {
    const chord = segment.filter.near === undefined ? trustedSql('') : trustedSql(', page.chordSquared');
    const outer = segment.sort === 'distance' ? trustedSql('page.chordSquared') : sortColumn(segment);
    const direction = trustedSql(segment.direction);
    return sql`
    SELECT ${PRODUCT_COLUMNS}${chord}
    FROM (${ids}) AS page
    ${this.join()} products AS p ON p.id = page.id
    ${this.join()} producers AS f ON f.id = p.producer_id
    ORDER BY ${outer} ${direction}, p.id ${direction}`;
  }

  /** Joins in the written order. */
  private join(): SqlFragment {
    return trustedSql(this.dialect === 'mysql' ? 'STRAIGHT_JOIN' : 'CROSS JOIN');
  }

  private products(index: string): SqlFragment {
    return this.forced('products AS p', index);
  }

  private nearby({ radiusKm }: Circle): SqlFragment {
    return this.forced('producers AS f', `ix_producers_cell_${cellSizeFor(radiusKm)}`);
  }

  private forced(table: string, index: string): SqlFragment {
    if (this.dialect === 'mysql') return trustedSql(`${table} FORCE INDEX (${index})`);
    return trustedSql(index === 'PRIMARY' ? `${table} NOT INDEXED` : `${table} INDEXED BY ${index}`);
  }

  /** Joins the producer of a product if a condition tests it. */
  private producersOf(segment: Segment): SqlFragment {
    const isNeeded = segmentConditions(segment).some(({ usesProducer }: Condition) => usesProducer);
    return isNeeded ? sql`${this.join()} producers AS f ON f.id = p.producer_id` : trustedSql('');
  }
}

/** Returns the conditions of a segment in the order in which the databases test them: those on texts come last. */
function matching(segment: Segment): SqlFragment[] {
  const conditions = segmentConditions(segment);
  const cheap = conditions.filter(({ readsText = false }) => !readsText);
  const textual = conditions.filter(({ readsText = false }) => readsText);
  return [...cheap, ...textual].flatMap((condition) => condition.sql());
}

function priceIndexOf(categories: readonly string[]): string {
  return categories.length === 0 ? 'ix_products_price_minor_id' : 'ix_products_category_price_minor_id';
}
