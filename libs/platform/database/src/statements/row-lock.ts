/** Locking clauses of a SELECT. SQLite has one writer at a time and needs no row locks. */
import type { Dialect } from './dialect';
import { trustedSql, type SqlFragment } from './sql';

export const forUpdate: Record<Dialect, SqlFragment> = { mysql: trustedSql('FOR UPDATE'), sqlite: trustedSql('') };

/** Skips rows that another transaction has locked. */
export const forUpdateSkipLocked: Record<Dialect, SqlFragment> = {
  mysql: trustedSql('FOR UPDATE SKIP LOCKED'),
  sqlite: trustedSql(''),
};
