/**
 * Schema migrations: forward to the latest, or back by one. On SQLite each migration is a transaction. MySQL and
 * MariaDB commit each DDL statement separately, so there each migration is idempotent in both directions and can be run
 * again after it was killed (`schema-changes.provider.ts`).
 */
import { withDeadline } from '@platform/resilience';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { DatabaseUnavailableError } from '../connection/connection-errors';
import { OPEN_DEADLINE_MS } from '../reading.policy';
import { dialectOf, type Dialect } from '../statements/dialect';

/** Runs all pending migrations. Returns their names. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  return withMigrationLock(dataSource, async (executor, runner) => {
    await deleteReverted(executor, runner);
    const ran = await executor.executePendingMigrations();
    return ran.map(({ name }) => name);
  });
}

/** Returns false if there is no migration to revert. Throws if the last migration belongs to a newer build. */
export async function revertLastMigration(dataSource: DataSource): Promise<boolean> {
  return withMigrationLock(dataSource, async (executor, runner) => {
    const [last] = await executor.getExecutedMigrations();
    if (last === undefined) return false;
    if (!dataSource.migrations.some((migration) => migration.constructor.name === last.name))
      throw new Error(`this build does not have the migration ${last.name}; revert it with a build that has it`);
    if (dialectOf(dataSource) === 'sqlite') await executor.undoLastMigration();
    else {
      await runner.query('UPDATE schema_migrations SET timestamp = ? WHERE name = ?', [BEING_REVERTED, last.name]);
      await executor.undoLastMigration();
      await deleteReverted(executor, runner);
    }
    return true;
  });
}

/** True if the schema is older than this build. Throws DatabaseUnavailableError if the server misses the deadline. */
export function hasPendingMigrations(dataSource: DataSource): Promise<boolean> {
  const toError = () => new DatabaseUnavailableError(new Error('the server did not return the schema version in time'));
  return withDeadline(OPEN_DEADLINE_MS, isSchemaOutdated(dataSource), toError);
}

/** Runs the statements for the dialect of the server, in order. */
export async function runByDialect(
  runner: QueryRunner,
  statements: Readonly<Record<Dialect, readonly string[]>>,
): Promise<void> {
  for (const statement of statements[dialectOf(runner.dataSource)]) await runner.query(statement);
}

/**
 * Timestamp of a migration while it is being reverted. If the revert is killed, part of the migration remains: the next
 * `migrate` runs it again, and the next `revertLastMigration` continues the revert.
 */
const BEING_REVERTED = 0;

async function isSchemaOutdated(dataSource: DataSource): Promise<boolean> {
  const executed = await executorOf(dataSource).getExecutedMigrations();
  const applied = new Set(executed.filter(({ timestamp }) => timestamp !== BEING_REVERTED).map(({ name }) => name));
  return dataSource.migrations.some((migration) => !applied.has(migration.constructor.name));
}

async function deleteReverted(executor: MigrationExecutor, runner: QueryRunner): Promise<void> {
  const executed = await executor.getExecutedMigrations();
  if (executed.some(({ timestamp }) => timestamp === BEING_REVERTED))
    await runner.query('DELETE FROM schema_migrations WHERE timestamp = ?', [BEING_REVERTED]);
}

function executorOf(dataSource: DataSource, runner?: QueryRunner): MigrationExecutor {
  // TypeORM joins database and table name with a dot and splits at the first dot, but a database name may contain dots.
  // A table name alone refers to the database of the connection.
  if (dialectOf(dataSource) === 'mysql') dataSource.driver.buildTableName = (table) => table;
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  return executor;
}

/**
 * Serialises the migrations of processes that start together. The connection that holds the lock also runs the
 * migrations, so a lost connection ends both.
 */
async function withMigrationLock<T>(
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
  if (outcome === null) throw new Error('the server could not acquire the lock for migrations');
  if (Number(outcome) !== 1) throw new Error(`another process has held the lock for migrations for ${LOCK_SECONDS} s`);
}

/** Ignores errors: if the connection is lost, the server has released the lock. */
async function unlock(runner: QueryRunner): Promise<void> {
  await runner.query(`DO RELEASE_LOCK(${LOCK_NAME})`).catch(() => undefined);
}

interface LockRow {
  readonly outcome: number | string | null;
}

/** Always 61 characters; MySQL accepts at most 64. */
const LOCK_NAME = `CONCAT('farmlokal:migrations:', LEFT(SHA2(DATABASE(), 256), 40))`;

/** Maximum wait for the lock; longer than a migration takes. */
const LOCK_SECONDS = 600;
