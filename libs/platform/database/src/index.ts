export { BoundedReader } from './bounded.reader';
export { bulkInsert, insertRows } from './bulk-insert.provider';
export { DatabaseUnavailableError } from './connection-errors';
export { DatabaseOpening } from './database-opening.service';
export { databaseNowMs } from './database-time';
export { DatabaseModule } from './database.module';
export { DatabaseIdentity } from './identity/database-identity.service';
export type { DatabaseSchema } from './database.schema';
export { dialectOf, type Dialect } from './dialect';
export {
  isConnectionLost,
  isDatabaseError,
  isDuplicateEntry,
  isLockConflict,
  isWriteConflict,
  isMissingIndex,
  isOverloaded,
  isSqliteBusy,
  isStatementTimeout,
} from './driver-error';
export { ReplicaRouter } from './replicas/replica-router.service';
export { retryOnConflict } from './write-conflicts';
export { hasPendingMigrations, migrate, revertLastMigration, runByDialect } from './migrations.provider';
export { forUpdate, forUpdateSkipLocked } from './row-lock';
export { addToTable, dropFromTable } from './schema-changes.provider';
export { joinSql, sql, trustedSql, type SqlFragment } from './sql';
export { chunkRows, chunkValues } from './statement-chunks';
export { execute, select } from './statements.provider';
export { runInTransaction } from './transaction.provider';
export { WriteDatabase } from './write-database.provider';
