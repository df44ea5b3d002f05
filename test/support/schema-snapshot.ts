/** Schema snapshot of a MySQL or MariaDB database, for comparisons. */
import type { DataSource } from 'typeorm';

const SCHEMA = [
  `SELECT table_name AS tableName, engine, table_collation AS collation FROM information_schema.tables
   WHERE table_schema = DATABASE() ORDER BY 1`,
  `SELECT table_name AS tableName, ordinal_position AS position, column_name AS name, column_type AS type,
          is_nullable AS nullable, column_default AS defaultValue, extra, collation_name AS collation
   FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY 1, 2`,
  `SELECT table_name AS tableName, index_name AS name, seq_in_index AS position, column_name AS columnName,
          non_unique AS nonUnique
   FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 3`,
  `SELECT table_name AS tableName, constraint_name AS name, constraint_type AS type
   FROM information_schema.table_constraints WHERE table_schema = DATABASE() ORDER BY 1, 2`,
];

/** Rows that migrations write, without random values. */
const ROWS: Readonly<Record<string, string>> = {
  schema_migrations: 'SELECT timestamp, name FROM schema_migrations ORDER BY name',
  signing_keys: 'SELECT name, LENGTH(secret) AS length FROM signing_keys ORDER BY name',
  search_index_state: 'SELECT * FROM search_index_state',
  sync_state: 'SELECT * FROM sync_state',
  database_identity: 'SELECT id, LENGTH(value) AS length FROM database_identity',
  producers: 'SELECT * FROM producers ORDER BY id',
  producer_block: 'SELECT block FROM producer_block ORDER BY block',
};

export async function schemaSnapshotOf(dataSource: DataSource): Promise<Record<string, unknown>> {
  const [tables = [], ...rest] = await Promise.all(
    SCHEMA.map((statement) => dataSource.query<{ tableName: string }[]>(statement)),
  );
  const present = tables.map(({ tableName }) => tableName).filter((name) => name in ROWS);
  const rows = await Promise.all(present.map((name) => dataSource.query(ROWS[name] ?? '')));
  return { tables, rest, rows };
}
