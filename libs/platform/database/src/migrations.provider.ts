/** Schema changes: forward to the newest, or back by one; each migration is its own transaction where the server can. */
import type { DataSource, QueryRunner } from 'typeorm';
import { dialectOf, type Dialect } from './dialect';

/** Names of the migrations that were run now. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const ran = await dataSource.runMigrations({ transaction: 'each' });
  return ran.map(({ name }) => name);
}

export async function revertLastMigration(dataSource: DataSource): Promise<void> {
  await dataSource.undoLastMigration({ transaction: 'each' });
}

/** True where the schema is older than this build. */
export function hasPendingMigrations(dataSource: DataSource): Promise<boolean> {
  return dataSource.showMigrations();
}

/** Runs the statements written for this server, in order. */
export async function runByDialect(
  runner: QueryRunner,
  statements: Readonly<Record<Dialect, readonly string[]>>,
): Promise<void> {
  for (const statement of statements[dialectOf(runner.dataSource)]) await runner.query(statement);
}
