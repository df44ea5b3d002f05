/**
 * Session variables that every MySQL and MariaDB connection sets for itself. The server's global values are its
 * operator's choice; each variable here changes the meaning or the result of a statement.
 * Not listed on purpose: auto_increment_increment and auto_increment_offset, which keep the nodes of a Galera cluster
 * apart, and time limits, which an operator may want.
 */
type Settings = Readonly<Record<string, string | bigint>>;

/** The longest text that is sorted: products.name_text, 600 characters of at most 4 bytes. The default is 1,024. */
const LONGEST_SORTED_BYTES = 2_400n;

const UNLIMITED = 2n ** 64n - 1n;

export const SESSION_SETTINGS: Settings = {
  // Strict. Without NO_BACKSLASH_ESCAPES, under which the backslash that mysql2 escapes with is a plain character.
  sql_mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  autocommit: 'ON',
  completion_type: 'NO_CHAIN', // otherwise COMMIT begins another transaction
  sql_safe_updates: 'OFF',
  sql_auto_is_null: 'OFF',
  sql_big_selects: 'ON',
  sql_select_limit: UNLIMITED,
  max_sort_length: LONGEST_SORTED_BYTES, // otherwise texts with the same beginning count as equal
  foreign_key_checks: 'ON',
  unique_checks: 'ON',
  time_zone: '+00:00',
  character_set_client: 'utf8mb4',
  character_set_results: 'utf8mb4',
  collation_connection: 'utf8mb4_bin',
};

/** MySQL has no such variables. */
export const MARIADB_SETTINGS: Settings = { check_constraint_checks: 'ON' };

/**
 * Set by SET SESSION TRANSACTION. Every statement sees what was committed before it, so a transaction that waited for a
 * lock continues from the committed state. MariaDB before 11.1 has the names that begin with tx_ only.
 */
export const TRANSACTION_SETTINGS: Settings = {
  transaction_isolation: 'READ-COMMITTED',
  tx_isolation: 'READ-COMMITTED',
  transaction_read_only: 'OFF',
  tx_read_only: 'OFF',
};
