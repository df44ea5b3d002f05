/**
 * Schema changes: forward to the newest, or back by one. On SQLite each migration is a transaction. MySQL and MariaDB
 * commit each DDL statement by itself, so there each migration can be run again from wherever it was killed, in either
 * direction (`schema-changes.provider.ts`).
 */
import { withTimeout } from '@platform/resilience';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { DatabaseUnavailableError } from './connection-errors';
import { dialectOf, type Dialect } from './dialect';
import { OPEN_DEADLINE_MS } from './reading.policy';

/** Names of the migrations that were run now. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  return alone(dataSource, async (executor, runner) => {
    await forgetReverted(executor, runner);
    const ran = await executor.executePendingMigrations();
    return ran.map(({ name }) => name);
  });
}

/** Returns false if no migration was left to revert. Throws if the last one is of a newer build. */
export async function revertLastMigration(dataSource: DataSource): Promise<boolean> {
  return alone(dataSource, async (executor, runner) => {
    const [last] = await executor.getExecutedMigrations();
    if (last === undefined) return false;
    if (!dataSource.migrations.some((migration) => migration.constructor.name === last.name))
      throw new Error(`this build does not have the migration ${last.name}; revert it with the build that has it`);
    if (dialectOf(dataSource) === 'sqlite') await executor.undoLastMigration();
    else {
      await runner.query('UPDATE schema_migrations SET timestamp = ? WHERE name = ?', [BEING_REVERTED, last.name]);
      await executor.undoLastMigration();
      await forgetReverted(executor, runner);
    }
    return true;
  });
}

/** Returns true if the schema is older than this build. Throws DatabaseUnavailableError if the server does not answer in time. */
export function hasPendingMigrations(dataSource: DataSource): Promise<boolean> {
  const toError = () => new DatabaseUnavailableError(new Error('the server did not tell its schema in time'));
  return withTimeout(OPEN_DEADLINE_MS, isOlder(dataSource), toError);
}

/** Runs the statements written for this server, in order. */
export async function runByDialect(
  runner: QueryRunner,
  statements: Readonly<Record<Dialect, readonly string[]>>,
): Promise<void> {
  for (const statement of statements[dialectOf(runner.dataSource)]) await runner.query(statement);
}

/**
 * In place of the timestamp, while a migration is reverted. If the revert is killed, the schema has part of the
 * migration: the next `migrate` runs it again, and the next `revertLastMigration` continues.
 */
const BEING_REVERTED = 0;

async function isOlder(dataSource: DataSource): Promise<boolean> {
  const executed = await executorOf(dataSource).getExecutedMigrations();
  const applied = new Set(executed.filter(({ timestamp }) => timestamp !== BEING_REVERTED).map(({ name }) => name));
  return dataSource.migrations.some((migration) => !applied.has(migration.constructor.name));
}

async function forgetReverted(executor: MigrationExecutor, runner: QueryRunner): Promise<void> {
  const executed = await executor.getExecutedMigrations();
  if (executed.some(({ timestamp }) => timestamp === BEING_REVERTED))
    await runner.query('DELETE FROM schema_migrations WHERE timestamp = ?', [BEING_REVERTED]);
}

function executorOf(dataSource: DataSource, runner?: QueryRunner): MigrationExecutor {
  // TypeORM joins the names of database and table with a dot and splits them at the first dot; the database's name may
  // contain one. A table without a database is one of the connection's database.
  if (dialectOf(dataSource) === 'mysql') dataSource.driver.buildTableName = (table) => table;
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  return executor;
}

/**
 * Replicas that start together migrate one after the other. The connection that holds the lock also runs the
 * migrations, so they end together.
 */
async function alone<T>(
  dataSource: DataSource,
  work: (executor: MigrationExecutor, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    if (dialectOf(dataSource) === 'mysql') await lock(runner);
    return await work(executorOf(dataSource, runner), runner);
  } finally {
    if (dialectOf(dataSource) === 'mysql') await unlock(runner);
    await runner.release();
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  const [row] = (await runner.query(`SELECT GET_LOCK(${LOCK_NAME}, ${LOCK_SECONDS}) AS outcome`)) as LockRow[];
  const outcome = row?.outcome ?? null;
  if (outcome === null) throw new Error('the server could not take the lock for migrations');
  if (Number(outcome) !== 1) throw new Error(`another process has held the lock for migrations for ${LOCK_SECONDS} s`);
}

/** If the connection is lost, the server has released the lock. */
async function unlock(runner: QueryRunner): Promise<void> {
  await runner.query(`DO RELEASE_LOCK(${LOCK_NAME})`).catch(() => undefined);
}

interface LockRow {
  readonly outcome: number | string | null;
}

/** 61 characters for any database: MySQL accepts at most 64. */
const LOCK_NAME = `CONCAT('farmlokal:migrations:', LEFT(SHA2(DATABASE(), 256), 40))`;

/** Longer than a migration takes. */
const LOCK_SECONDS = 600;
