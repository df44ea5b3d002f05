export { BoundedReader } from './bounded.reader';
export { DatabaseUnavailableError } from './connection/connection-errors';
export {
  isConnectionLost,
  isDatabaseError,
  isDuplicateEntry,
  isLockConflict,
  isMissingIndex,
  isOverloaded,
  isSqliteBusy,
  isStatementTimeout,
  isWriteConflict,
} from './connection/driver-error';
export { DatabaseOpening } from './database-opening.service';
export { DatabaseModule } from './database.module';
export { DatabaseIdentity } from './identity/database-identity.service';
export { ReplicaRouter } from './replicas/replica-router.service';
export type { DatabaseSchema } from './schema/database.schema';
export { hasPendingMigrations, migrate, revertLastMigration, runByDialect } from './schema/migrations.provider';
export { addToTable, dropFromTable } from './schema/schema-changes.provider';
export { bulkInsert, insertRows } from './statements/bulk-insert.provider';
export { databaseNowMs } from './statements/database-time';
export { dialectOf, type Dialect } from './statements/dialect';
export { forUpdate, forUpdateSkipLocked } from './statements/row-lock';
export { joinSql, sql, trustedSql, type SqlFragment } from './statements/sql';
export { chunkRows, chunkValues } from './statements/statement-chunks';
export { execute, select } from './statements/statements.provider';
export { readCommitted, runInTransaction } from './writing/transaction.provider';
export { retryOnConflict } from './writing/write-conflicts';
export { BackgroundWrites } from './writing/background-writes.provider';
export { WriteDatabase } from './writing/write-database.provider';
