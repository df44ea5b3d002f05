export { BoundedReader } from './bounded.reader';
export { bulkInsert } from './bulk-insert.provider';
export { DatabaseModule } from './database.module';
export type { DatabaseSchema } from './database.schema';
export { dialectOf, type Dialect } from './dialect';
export { isConnectionLost, isLostLock, isMissingIndex, isOverloaded, isStatementTimeout } from './driver-error';
export { hasPendingMigrations, migrate, revertLastMigration, runByDialect } from './migrations.provider';
export { joinSql, sql, trustedSql, type SqlFragment } from './sql';
export { transact } from './transact.provider';
