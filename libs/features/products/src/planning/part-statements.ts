/**
 * The statements that read a part of a list, one for each way to its products. Each finds the ids of the rows first
 * and fetches only those, and each says itself by which index: both servers choose badly when rows are sorted and cut.
 */
import { joinSql, sql, trustedSql, type Dialect, type SqlFragment } from '@platform/database';
import { cellsAround, cellSizeFor, chordSquaredOf, toUnitVector } from '../near/geography';
import type { Circle, ProductFilter, SortKeys } from '../product-listing';
import type { ListPart } from './list-part';

export const PRODUCT_COLUMNS = trustedSql(`
  p.id, p.name, p.description, p.category, p.price_minor AS priceMinor, p.currency, p.unit, p.stock,
  p.name_text AS nameText, p.created_at_ms AS createdAtMs, p.updated_at_ms AS updatedAtMs,
  f.id AS producerId, f.name AS producerName, f.latitude, f.longitude`);

const SORT_COLUMNS = { price: 'price_minor', name: 'name_text', createdAt: 'created_at_ms' } as const;

const PRODUCER_INDEX = 'ix_products_producer_id_id';

/** Keys between which, both included, all wanted products lie. */
export interface KeyBounds {
  readonly from: string | number | undefined;
  readonly to: string | number | undefined;
}

export interface NamedProduct {
  readonly id: number;
  readonly nameText: string;
}

export class PartStatements {
  constructor(private readonly dialect: Dialect) {}

  /** Along the index of the sort, testing each product; of several categories each along its own, merged. */
  walk(part: ListPart, bounds?: KeyBounds): SqlFragment {
    const { categories, ...filter } = part.filter;
    if (part.sort === 'distance') throw new Error('producers are walked outwards, not along an index');
    const column = SORT_COLUMNS[part.sort];
    const key = trustedSql(`p.${column}`);
    const conditions = [...filterConditions({ ...filter, categories: [] }), ...nameConditions(part), ...beyond(part)];
    if (bounds?.from !== undefined) conditions.push(sql`${key} >= ${bounds.from}`);
    if (bounds?.to !== undefined) conditions.push(sql`${key} <= ${bounds.to}`);
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

  /** Of these products, which must not be many. */
  ofIds(part: ListPart, ids: readonly number[]): SqlFragment {
    return this.sorted(part, 'PRIMARY', sql`p.id IN (${trustedSql(ids.join(','))})`);
  }

  /** Of these producers, which must not be many, the nearest or farthest first. */
  ofProducers(part: ListPart, producerIds: readonly number[]): SqlFragment {
    return this.sorted(part, PRODUCER_INDEX, sql`p.producer_id IN (${trustedSql(producerIds.join(','))})`);
  }

  /** The names of these products, which must not be many: a `NamedProduct` each. */
  namesOf(ids: readonly number[]): SqlFragment {
    return sql`SELECT id, name_text AS nameText FROM products WHERE id IN (${trustedSql(ids.join(','))})`;
  }

  /** How many match, all of them counted. */
  count(part: ListPart): SqlFragment {
    return sql`SELECT COUNT(*) AS total FROM products AS p ${this.producersOf(part)} ${where(partConditions(part))}`;
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
      ORDER BY ${order(part)} LIMIT ${part.limit} OFFSET ${part.offset}`,
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

function partConditions(part: ListPart): SqlFragment[] {
  return [...filterConditions(part.filter), ...nameConditions(part)];
}

function filterConditions(filter: ProductFilter): SqlFragment[] {
  const conditions: SqlFragment[] = [];
  if (filter.categories.length > 0) conditions.push(sql`p.category IN (${joinSql(filter.categories, ', ')})`);
  if (filter.minPriceMinor !== undefined) conditions.push(sql`p.price_minor >= ${filter.minPriceMinor}`);
  if (filter.maxPriceMinor !== undefined) conditions.push(sql`p.price_minor <= ${filter.maxPriceMinor}`);
  if (filter.inStock !== undefined) conditions.push(filter.inStock ? sql`p.stock > 0` : sql`p.stock = 0`);
  if (filter.producerId !== undefined) conditions.push(sql`p.producer_id = ${filter.producerId}`);
  if (filter.near !== undefined) conditions.push(...nearConditions(filter.near));
  conditions.push(...filter.terms.map((term) => sql`p.search_text LIKE ${beginningOfAWord(term)}`));
  return conditions;
}

function nameConditions({ filter, nameMatch }: ListPart): SqlFragment[] {
  if (nameMatch === 'any') return [];
  const tests = joinSql(
    filter.terms.map((term) => sql`p.name_text LIKE ${beginningOfAWord(term)}`),
    ' AND ',
  );
  return [nameMatch === 'all' ? sql`(${tests})` : sql`NOT (${tests})`];
}

function nearConditions(near: Circle): SqlFragment[] {
  const { size, cells } = cellsAround(near, near.radiusKm);
  return [
    sql`${trustedSql(`f.cell_${size}`)} IN (${joinSql(cells, ', ')})`,
    sql`${chordSquaredSql(near)} <= ${realSql(chordSquaredOf(near.radiusKm))}`,
  ];
}

/** The order of the operations is that of `chordSquaredBetween`, so that both give the same number. */
function chordSquaredSql(near: Circle): SqlFragment {
  const { x, y, z } = toUnitVector(near);
  const square = (axis: string, value: number) => {
    const difference = sql`(${trustedSql(`f.${axis}`)} - ${realSql(value)})`;
    return sql`${difference} * ${difference}`;
  };
  return sql`(${square('x', x)} + ${square('y', y)} + ${square('z', z)})`;
}

/** A number with an exponent is a DOUBLE to every server; without one MySQL reads a DECIMAL. */
function realSql(value: number): SqlFragment {
  return trustedSql(value.toExponential());
}

function chordColumn({ filter }: ListPart): SqlFragment {
  return filter.near === undefined ? trustedSql('') : sql`, ${chordSquaredSql(filter.near)} AS chordSquared`;
}

/** Terms hold letters, digits and marks only, so nothing in them needs escaping. */
function beginningOfAWord(term: string): string {
  return `% ${term}%`;
}

function sortColumn({ sort, filter }: ListPart): SqlFragment {
  if (sort !== 'distance') return trustedSql(`p.${SORT_COLUMNS[sort]}`);
  if (filter.near === undefined) throw new Error('distance to nowhere');
  return chordSquaredSql(filter.near);
}

function order(part: ListPart): SqlFragment {
  const direction = trustedSql(part.direction);
  return sql`${sortColumn(part)} ${direction}, p.id ${direction}`;
}

/** `k >= ? AND (k > ? OR id > ?)`: the row constructor `(k, id) > (?, ?)` would not use the index. */
function beyond({ beyond: keys, ...part }: ListPart): SqlFragment[] {
  if (keys === undefined) return [];
  const [value, id] = keys as [SortKeys[number], number];
  const key = sortColumn({ ...part, beyond: undefined });
  const than = trustedSql(part.direction === 'asc' ? '>' : '<');
  const bound = part.sort === 'distance' ? realSql(Number(value)) : value;
  return [sql`${key} ${than}= ${bound} AND (${key} ${than} ${bound} OR p.id ${than} ${id})`];
}

function where(conditions: readonly SqlFragment[]): SqlFragment {
  return conditions.length === 0 ? trustedSql('') : sql`WHERE ${joinSql(conditions, '\n      AND ')}`;
}
