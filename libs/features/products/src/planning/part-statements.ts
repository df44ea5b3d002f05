/**
 * The statements that read a part of a list, one for each way to its products. Each finds the ids of the rows first
 * and fetches only those, and each says itself by which index: both servers choose badly when rows are sorted and cut.
 */
import { joinSql, sql, trustedSql, type Dialect, type SqlFragment } from '@platform/database';
import { cellSizeFor } from '../near/geography';
import type { Circle, SortKey } from '../product-listing';
import type { CodedSort } from '../search-index/sort-codes';
import type { ListPart } from './list-part';
import {
  beyond,
  chordColumn,
  filterConditions,
  isOneOf,
  keyColumn,
  nameConditions,
  orderOf,
  partConditions,
  SORT_COLUMNS,
  sortColumn,
  where,
} from './part-conditions';

export const PRODUCT_COLUMNS = trustedSql(`
  p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
  p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  f.id AS producerId, f.name AS producerName, f.latitude, f.longitude`);

const PRODUCER_INDEX = 'ix_products_producer_id_id';

/** Ids that one statement may name: some 10 KB of text, far below a packet and SQLite's 32,766 placeholders. */
export const MAX_IDS = 1_000;

/** Keys between which, both included, all wanted products lie. */
export interface KeyBounds {
  readonly from: SortKey | undefined;
  readonly to: SortKey | undefined;
}

/** A product and the key that a sort compares. */
export interface SortEntry {
  readonly id: number;
  readonly sortKey: SortKey;
}

/** Null if there is no product. */
export interface TimeSpan {
  readonly earliest: number | null;
  readonly latest: number | null;
}

export class PartStatements {
  constructor(private readonly dialect: Dialect) {}

  /** Along the index of the sort, testing each product; of several categories each along its own, merged. */
  walk(part: ListPart): SqlFragment {
    const { categories, ...filter } = part.filter;
    if (part.sort === 'distance') throw new Error('producers are walked outwards, not along an index');
    const column = SORT_COLUMNS[part.sort];
    const key = keyColumn(part.sort);
    const conditions = [...filterConditions({ ...filter, categories: [] }), ...nameConditions(part), ...beyond(part)];
    const along = (index: string, ...more: SqlFragment[]) => {
      const from = sql`FROM ${this.products(index)} ${this.producersOf(part)}`;
      return sql`${from} ${where([...more, ...conditions])}`;
    };
    if (categories.length === 0) return this.page(part, along(`ix_products_${column}_id`));
    const index = `ix_products_category_${column}_id`;
    const branches = categories.map((slug) => along(index, sql`p.category = ${slug}`));
    const [only, ...others] = branches;
    return only !== undefined && others.length === 0 ? this.page(part, only) : this.merged(part, key, branches);
  }

  /** All products of the price range, sorted afterwards. */
  priceRange(part: ListPart): SqlFragment {
    return this.sorted(part, priceIndexOf(part.filter.categories));
  }

  /** All products of the producer or of the producers near by, sorted afterwards. */
  producers(part: ListPart): SqlFragment {
    const { near, producerId } = part.filter;
    if (near === undefined || producerId !== undefined) return this.sorted(part, PRODUCER_INDEX);
    const products = sql`${this.join()} ${this.products(PRODUCER_INDEX)} ON p.producer_id = f.id`;
    return this.page(
      part,
      sql`FROM ${this.nearby(near)} ${products} ${where([...partConditions(part), ...beyond(part)])}`,
    );
  }

  /** Of these products, at most MAX_IDS. */
  ofIds(part: ListPart, ids: readonly number[]): SqlFragment {
    return this.sorted(part, 'PRIMARY', isOneOf('p.id', ids));
  }

  /** Of these producers, at most MAX_IDS, the nearest or farthest first. */
  ofProducers(part: ListPart, producerIds: readonly number[]): SqlFragment {
    return this.sorted(part, PRODUCER_INDEX, isOneOf('p.producer_id', producerIds));
  }

  /** The keys of these products, at most MAX_IDS: a `SortEntry` each. */
  keysOf(sort: CodedSort, ids: readonly number[]): SqlFragment {
    return sql`SELECT p.id, ${keyColumn(sort)} AS sortKey FROM products AS p WHERE ${isOneOf('p.id', ids)}`;
  }

  /** The entries of the sort's index from the start of a part on, whether or not they match: a `SortEntry` each. */
  entries(part: ListPart, sort: CodedSort, { from, to }: KeyBounds, limit: number): SqlFragment {
    const { categories } = part.filter;
    const [category, ...others] = categories;
    const isOfOne = category !== undefined && others.length === 0;
    const key = keyColumn(sort);
    const conditions = [...(isOfOne ? [sql`p.category = ${category}`] : []), ...beyond(part)];
    if (from !== undefined) conditions.push(sql`${key} >= ${from}`);
    if (to !== undefined) conditions.push(sql`${key} <= ${to}`);
    const index = `ix_products_${isOfOne ? 'category_' : ''}${SORT_COLUMNS[sort]}_id`;
    return sql`SELECT p.id, ${key} AS sortKey FROM ${this.products(index)} ${where(conditions)}
      ORDER BY ${orderOf(part)} LIMIT ${limit}`;
  }

  /** The first and the last creation time within these bounds, a look-up in the index each: one `TimeSpan`. */
  timeSpan({ from = 0, to = Number.MAX_SAFE_INTEGER }: KeyBounds): SqlFragment {
    const products = sql`FROM ${this.products('ix_products_created_at_ms_id')}
      WHERE p.created_at_ms >= ${from} AND p.created_at_ms <= ${to}`;
    return sql`SELECT (SELECT MIN(p.created_at_ms) ${products}) AS earliest, (SELECT MAX(p.created_at_ms) ${products}) AS latest`;
  }

  /** How many match, all of them counted; of these ids only, at most MAX_IDS, if they are given. */
  count(part: ListPart, ids?: readonly number[]): SqlFragment {
    const conditions = [...(ids === undefined ? [] : [isOneOf('p.id', ids)]), ...partConditions(part)];
    return sql`SELECT COUNT(*) AS total FROM products AS p ${this.producersOf(part)} ${where(conditions)}`;
  }

  /** What an index leads to, tested, sorted and cut. */
  private sorted(part: ListPart, index: string, ...more: SqlFragment[]): SqlFragment {
    const conditions = where([...more, ...partConditions(part), ...beyond(part)]);
    return this.page(part, sql`FROM ${this.products(index)} ${this.producersOf(part)} ${conditions}`);
  }

  private merged(part: ListPart, key: SqlFragment, branches: readonly SqlFragment[]): SqlFragment {
    const direction = trustedSql(part.direction);
    const chord = chordColumn(part);
    const ends = branches.map(
      (branch) => sql`SELECT * FROM (SELECT p.id, ${key} AS sort_key ${chord} ${branch}
        ORDER BY ${key} ${direction}, p.id ${direction} LIMIT ${part.offset + part.limit}) AS branch`,
    );
    return this.rowsOf(
      part,
      sql`SELECT * FROM (${joinSql(ends, '\n      UNION ALL ')}) AS branches
      ORDER BY sort_key ${direction}, id ${direction} LIMIT ${part.limit} OFFSET ${part.offset}`,
    );
  }

  private page(part: ListPart, from: SqlFragment): SqlFragment {
    return this.rowsOf(
      part,
      sql`SELECT p.id ${chordColumn(part)} ${from}
      ORDER BY ${orderOf(part)} LIMIT ${part.limit} OFFSET ${part.offset}`,
    );
  }

  private rowsOf(part: ListPart, ids: SqlFragment): SqlFragment {
    const chord = part.filter.near === undefined ? trustedSql('') : trustedSql(', page.chordSquared');
    const outer = part.sort === 'distance' ? trustedSql('page.chordSquared') : sortColumn(part);
    const direction = trustedSql(part.direction);
    return sql`
    SELECT ${PRODUCT_COLUMNS}${chord}
    FROM (${ids}) AS page
    ${this.join()} products AS p ON p.id = page.id
    ${this.join()} producers AS f ON f.id = p.producer_id
    ORDER BY ${outer} ${direction}, p.id ${direction}`;
  }

  /** Joins in the order that is written. */
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

  /** The producer of a product, where its distance is asked for. */
  private producersOf({ filter }: ListPart): SqlFragment {
    return filter.near === undefined ? trustedSql('') : sql`${this.join()} producers AS f ON f.id = p.producer_id`;
  }
}

function priceIndexOf(categories: readonly string[]): string {
  return categories.length === 0 ? 'ix_products_price_minor_id' : 'ix_products_category_price_minor_id';
}
