/** The database's own clock, which all replicas share: what one of them sets for later, another reads by the same time. */
import type { Dialect } from './dialect';
import { trustedSql, type SqlFragment } from './sql';

/** Milliseconds since 1970, whatever the time zone of the session. */
export const databaseNowMs: Record<Dialect, SqlFragment> = {
  mysql: trustedSql(`TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000`),
  sqlite: trustedSql(`CAST(unixepoch('subsec') * 1000 AS INTEGER)`),
};
