/** How a SELECT locks what it finds; SQLite has one writer at a time, who needs no locks. */
import type { Dialect } from './dialect';
import { trustedSql, type SqlFragment } from './sql';

export const forUpdate: Record<Dialect, SqlFragment> = { mysql: trustedSql('FOR UPDATE'), sqlite: trustedSql('') };

/** What others have locked is passed over. */
export const forUpdateSkipLocked: Record<Dialect, SqlFragment> = {
  mysql: trustedSql('FOR UPDATE SKIP LOCKED'),
  sqlite: trustedSql(''),
};
