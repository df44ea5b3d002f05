/** Schema changes: forward to the newest, or back by one; each migration is its own transaction where the server can. */
import { within } from '@platform/resilience';
import type { DataSource, QueryRunner } from 'typeorm';
import { DatabaseAwayError } from './connection-errors';
import { dialectOf, type Dialect } from './dialect';
import { OPEN_DEADLINE_MS } from './reading.policy';

/** Names of the migrations that were run now. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const ran = await alone(dataSource, () => dataSource.runMigrations({ transaction: 'each' }));
  return ran.map(({ name }) => name);
}

/** False where there was nothing to take back. */
export async function revertLastMigration(dataSource: DataSource): Promise<boolean> {
  return alone(dataSource, async () => {
    const rows = await dataSource.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM schema_migrations');
    await dataSource.undoLastMigration({ transaction: 'each' });
    return rows[0]?.n !== 0;
  });
}

/** True where the schema is older than this build. Throws DatabaseAwayError where the server does not say in time. */
export function hasPendingMigrations(dataSource: DataSource): Promise<boolean> {
  const giveUp = () => new DatabaseAwayError(new Error('the server did not tell its schema in time'));
  return within(OPEN_DEADLINE_MS, dataSource.showMigrations(), giveUp);
}

/** Runs the statements written for this server, in order. */
export async function runByDialect(
  runner: QueryRunner,
  statements: Readonly<Record<Dialect, readonly string[]>>,
): Promise<void> {
  for (const statement of statements[dialectOf(runner.dataSource)]) await runner.query(statement);
}

/** Replicas that start together migrate one after the other: the lock is held by a connection and dies with it. */
async function alone<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'sqlite') return work();
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query(`DO GET_LOCK(CONCAT(DATABASE(), ':migrations'), ${LOCK_SECONDS})`);
    return await work();
  } finally {
    await holder.query(`DO RELEASE_LOCK(CONCAT(DATABASE(), ':migrations'))`);
    await holder.release();
  }
}

/** Longer than a migration takes; after it one migrates beside the other and the database has the last word. */
const LOCK_SECONDS = 600;
