/** Clock of the database. All processes share it, so a due time that one process stores is valid for every other. */
import type { Dialect } from './dialect';
import { trustedSql, type SqlFragment } from './sql';

/** Milliseconds since 1970, independent of the session's time zone. */
export const databaseNowMs: Record<Dialect, SqlFragment> = {
  mysql: trustedSql(`TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000`),
  sqlite: trustedSql(`CAST(unixepoch('subsec') * 1000 AS INTEGER)`),
};
