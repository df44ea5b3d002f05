export { bulkInsert } from './bulk-insert.provider';
export { DatabaseModule } from './database.module';
export type { DatabaseSchema } from './database.schema';
export { dialectOf, type Dialect } from './dialect';
export { isConnectionLost, isLostLock } from './driver-error';
export { hasPendingMigrations, migrate, revertLastMigration, runByDialect } from './migrations.provider';
export { joinSql, sql, trustedSql, type SqlFragment } from './sql';
