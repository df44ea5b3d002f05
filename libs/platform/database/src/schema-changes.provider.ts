/**
 * Changes to tables that can be repeated. MySQL and MariaDB commit each DDL statement by itself, so a migration that was
 * killed may have been carried out up to any of its statements; run again, it adds only what is missing and drops only
 * what is present.
 */
import type { EntityManager } from 'typeorm';
import { dialectOf, type Dialect } from './dialect';

interface AddedParts {
  /** Definitions by the column's name. */
  readonly columns?: Readonly<Record<Dialect, Readonly<Record<string, string>>>>;
  /** Columns by the index's name. */
  readonly indexes?: Readonly<Record<string, string>>;
}

interface DroppedParts {
  readonly columns?: readonly string[];
  readonly indexes?: readonly string[];
}

export async function addToTable(manager: EntityManager, table: string, parts: AddedParts): Promise<void> {
  const dialect = dialectOf(manager.dataSource);
  const columns = without(await findColumns(manager, table), Object.entries(parts.columns?.[dialect] ?? {}));
  const indexes = without(await findIndexes(manager, table), Object.entries(parts.indexes ?? {}));
  if (dialect === 'mysql') {
    await alter(manager, table, [
      ...columns.map(([name, definition]) => `ADD COLUMN ${name} ${definition}`),
      ...indexes.map(([name, indexed]) => `ADD KEY ${name} (${indexed})`),
    ]);
    return;
  }
  for (const [name, definition] of columns)
    await manager.query(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`);
  for (const [name, indexed] of indexes) await manager.query(`CREATE INDEX ${name} ON ${table} (${indexed})`);
}

export async function dropFromTable(manager: EntityManager, table: string, parts: DroppedParts): Promise<void> {
  const presentColumns = await findColumns(manager, table);
  const presentIndexes = await findIndexes(manager, table);
  const columns = (parts.columns ?? []).filter((name) => presentColumns.has(name));
  const indexes = (parts.indexes ?? []).filter((name) => presentIndexes.has(name));
  if (dialectOf(manager.dataSource) === 'mysql') {
    await alter(manager, table, [
      ...indexes.map((name) => `DROP KEY ${name}`),
      ...columns.map((name) => `DROP COLUMN ${name}`),
    ]);
    return;
  }
  for (const name of indexes) await manager.query(`DROP INDEX ${name}`);
  for (const name of columns) await manager.query(`ALTER TABLE ${table} DROP COLUMN ${name}`);
}

/** In one statement, which is atomic and rebuilds the table at most once. */
async function alter(manager: EntityManager, table: string, changes: readonly string[]): Promise<void> {
  if (changes.length > 0) await manager.query(`ALTER TABLE ${table} ${changes.join(', ')}`);
}

function without<Value>(present: ReadonlySet<string>, entries: [string, Value][]): [string, Value][] {
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
