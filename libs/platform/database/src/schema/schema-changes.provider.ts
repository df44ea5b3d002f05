/**
 * Idempotent schema changes. MySQL and MariaDB commit each DDL statement separately, so a killed migration may have
 * executed only some of its statements. When run again, it adds only missing parts and drops only present parts.
 */
import type { EntityManager } from 'typeorm';
import { dialectOf, type Dialect } from '../statements/dialect';

interface AddedParts {
  /** Definitions by column name. */
  readonly columns?: Readonly<Record<Dialect, Readonly<Record<string, string>>>>;
  /** Indexed columns by index name. */
  readonly indexes?: Readonly<Record<string, string>>;
}

interface DroppedParts {
  readonly columns?: readonly string[];
  readonly indexes?: readonly string[];
}

/**
 * Adds the parts that are missing. On MySQL, a column `stock` and an index `by_stock` →
 * `ALTER TABLE products ADD COLUMN stock INT NULL, ADD KEY by_stock (stock)`.
 */
export async function addToTable(manager: EntityManager, table: string, parts: AddedParts): Promise<void> {
  const dialect = dialectOf(manager.dataSource);
  const columns = missingEntries(await findColumns(manager, table), Object.entries(parts.columns?.[dialect] ?? {}));
  const indexes = missingEntries(await findIndexes(manager, table), Object.entries(parts.indexes ?? {}));
  if (dialect === 'mysql') {
    await alterTable(manager, table, [
      ...columns.map(([name, definition]) => `ADD COLUMN ${name} ${definition}`),
      ...indexes.map(([name, indexed]) => `ADD KEY ${name} (${indexed})`),
    ]);
    return;
  }
  for (const [name, definition] of columns)
    await manager.query(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`);
  for (const [name, indexed] of indexes) await manager.query(`CREATE INDEX ${name} ON ${table} (${indexed})`);
}

/** Drops the parts that exist, indexes first. */
export async function dropFromTable(manager: EntityManager, table: string, parts: DroppedParts): Promise<void> {
  const presentColumns = await findColumns(manager, table);
  const presentIndexes = await findIndexes(manager, table);
  const columns = (parts.columns ?? []).filter((name) => presentColumns.has(name));
  const indexes = (parts.indexes ?? []).filter((name) => presentIndexes.has(name));
  if (dialectOf(manager.dataSource) === 'mysql') {
    await alterTable(manager, table, [
      ...indexes.map((name) => `DROP KEY ${name}`),
      ...columns.map((name) => `DROP COLUMN ${name}`),
    ]);
    return;
  }
  for (const name of indexes) await manager.query(`DROP INDEX ${name}`);
  for (const name of columns) await manager.query(`ALTER TABLE ${table} DROP COLUMN ${name}`);
}

/** Applies all changes in one statement, which is atomic and rebuilds the table at most once. */
async function alterTable(manager: EntityManager, table: string, changes: readonly string[]): Promise<void> {
  if (changes.length > 0) await manager.query(`ALTER TABLE ${table} ${changes.join(', ')}`);
}

function missingEntries<Value>(present: ReadonlySet<string>, entries: [string, Value][]): [string, Value][] {
  return entries.filter(([name]) => !present.has(name));
}

const COLUMNS: Record<Dialect, string> = {
  mysql: `SELECT column_name AS name FROM information_schema.columns
          WHERE table_schema = DATABASE() AND table_name = ?`,
  sqlite: 'SELECT name FROM pragma_table_info(?)',
};

const INDEXES: Record<Dialect, string> = {
  mysql: `SELECT DISTINCT index_name AS name FROM information_schema.statistics
          WHERE table_schema = DATABASE() AND table_name = ?`,
  sqlite: 'SELECT name FROM pragma_index_list(?)',
};

function findColumns(manager: EntityManager, table: string): Promise<ReadonlySet<string>> {
  return findNames(manager, COLUMNS[dialectOf(manager.dataSource)], table);
}

function findIndexes(manager: EntityManager, table: string): Promise<ReadonlySet<string>> {
  return findNames(manager, INDEXES[dialectOf(manager.dataSource)], table);
}

async function findNames(manager: EntityManager, statement: string, table: string): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ name: string }[]>(statement, [table]);
  return new Set(rows.map(({ name }) => name));
}
