/**
 * How far a server is, in the words of its kind: by global transaction ids, which name the same transaction on the
 * primary and on every replica. (MySQL, "GTID Life Cycle"; MariaDB, "Global Transaction ID".)
 */
import { sql, type SqlFragment } from '../sql';
import type { ServerKind } from '../statement-limit';

/**
 * On the primary: all that is committed, as `position`; empty where it keeps no such log. MySQL remembers ids from a time
 * when it did.
 */
export const primaryPosition: Record<ServerKind, SqlFragment> = {
  mysql: sql`SELECT IF(@@GLOBAL.log_bin AND @@GLOBAL.gtid_mode = 'ON', @@GLOBAL.gtid_executed, '') AS position`,
  mariadb: sql`SELECT @@GLOBAL.gtid_binlog_pos AS position`,
};

/** On a replica: waits until it has a position, at most so long. `outcome` is 0 where it has; `server` is who says so. */
export function waitForPosition(position: string, server: ServerKind, waitMs: number): SqlFragment {
  const seconds = waitMs / 1_000;
  return server === 'mysql'
    ? sql`SELECT WAIT_FOR_EXECUTED_GTID_SET(${position}, ${seconds}) AS outcome, @@server_uuid AS server`
    : sql`SELECT MASTER_GTID_WAIT(${position}, ${seconds}) AS outcome, CONCAT(@@hostname, ':', @@port, ':', @@server_id) AS server`;
}
