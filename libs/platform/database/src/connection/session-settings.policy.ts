/**
 * Session variables that every MySQL and MariaDB connection sets for itself. Each of them changes the meaning or the
 * result of a statement, and operators may choose any global value. Deliberately not listed: auto_increment_increment
 * and auto_increment_offset, which the nodes of a Galera cluster depend on, and time limits, which operators may set.
 */
type Settings = Readonly<Record<string, string | bigint>>;

/** Size of the longest sorted text: products.name_text, 600 characters of at most 4 bytes. The default is 1,024. */
const LONGEST_SORTED_BYTES = 2_400n;

const UNLIMITED = 2n ** 64n - 1n;

export const SESSION_SETTINGS: Settings = {
  // Strict mode. NO_BACKSLASH_ESCAPES must be off, because mysql2 escapes with backslashes.
  sql_mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  autocommit: 'ON',
  completion_type: 'NO_CHAIN', // otherwise COMMIT may begin another transaction
  sql_safe_updates: 'OFF',
  sql_auto_is_null: 'OFF',
  sql_big_selects: 'ON',
  sql_select_limit: UNLIMITED,
  max_sort_length: LONGEST_SORTED_BYTES, // otherwise texts with a long common prefix count as equal
  foreign_key_checks: 'ON',
  unique_checks: 'ON',
  time_zone: '+00:00',
  character_set_client: 'utf8mb4',
  character_set_results: 'utf8mb4',
  collation_connection: 'utf8mb4_bin',
};

/** Variables that only MariaDB has. */
export const MARIADB_SETTINGS: Settings = { check_constraint_checks: 'ON' };

/**
 * Set by SET SESSION TRANSACTION. Under READ COMMITTED a transaction that waited for a lock continues from the
 * committed state. MariaDB before 11.1 has only the names that begin with tx_.
 */
export const TRANSACTION_SETTINGS: Settings = {
  transaction_isolation: 'READ-COMMITTED',
  tx_isolation: 'READ-COMMITTED',
  transaction_read_only: 'OFF',
  tx_read_only: 'OFF',
};
