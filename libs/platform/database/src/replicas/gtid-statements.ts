/**
 * Statements for replication positions as GTIDs, which identify a transaction on the primary and on every replica.
 * Sources: MySQL, "GTID Life Cycle"; MariaDB, "Global Transaction ID".
 */
import { sql, type SqlFragment } from '../statements/sql';
import type { ServerKind } from '../statements/statement-limit';

/**
 * Reads all committed GTIDs of the primary as `position`; empty without a GTID log. The log is checked because MySQL
 * keeps old GTIDs after it is switched off.
 */
export const primaryPosition: Record<ServerKind, SqlFragment> = {
  mysql: sql`SELECT IF(@@GLOBAL.log_bin AND @@GLOBAL.gtid_mode = 'ON', @@GLOBAL.gtid_executed, '') AS position`,
  mariadb: sql`SELECT @@GLOBAL.gtid_binlog_pos AS position`,
};

/** Waits on a replica for a position, at most `waitMs`. `outcome` is 0 on success; `server` identifies the server. */
export function waitForPosition(position: string, server: ServerKind, waitMs: number): SqlFragment {
  const seconds = waitMs / 1_000;
  return server === 'mysql'
    ? sql`SELECT WAIT_FOR_EXECUTED_GTID_SET(${position}, ${seconds}) AS outcome, @@server_uuid AS server`
    : sql`SELECT MASTER_GTID_WAIT(${position}, ${seconds}) AS outcome, CONCAT(@@hostname, ':', @@port, ':', @@server_id) AS server`;
}
