/**
 * Adds many rows that are known to be new, as fast as the server takes them: LOAD DATA where MySQL allows it
 * (`local_infile`, off by default), else multi-row statements. Either fails where a row is there already.
 */
import { Readable } from 'node:stream';
import type { EntityManager } from 'typeorm';
import { dialectOf } from './dialect';
import type { SqlValue } from './sql';
import { chunkRows } from './statement-chunks';

export interface NewRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** Columns of bytes, whose values are given as hexadecimal digits. */
  readonly hexColumns?: readonly string[];
}

/** Must run inside a transaction. */
export async function bulkInsert(manager: EntityManager, added: NewRows): Promise<void> {
  if (await canLoad(manager)) await load(manager, added);
  else await insertRows(manager, added);
}

async function canLoad(manager: EntityManager): Promise<boolean> {
  if (dialectOf(manager.dataSource) !== 'mysql') return false;
  const [server] = await manager.query<{ allowed: number }[]>('SELECT @@local_infile AS allowed');
  return server?.allowed === 1;
}

/** In statements that fit into a packet. `onConflict` is the clause for rows that are there already. */
export async function insertRows(
  manager: EntityManager,
  { table, columns, rows, hexColumns = [] }: NewRows,
  onConflict = '',
): Promise<void> {
  const row = `(${columns.map((column) => (hexColumns.includes(column) ? 'UNHEX(?)' : '?')).join(', ')})`;
  for (const some of chunkRows(rows, (values) => values)) {
    await manager.query(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${some.map(() => row).join(', ')} ${onConflict}`,
      some.flat(),
    );
  }
}

/** With LOCAL the server skips what does not fit and only counts it, so the counts decide. */
async function load(manager: EntityManager, { table, columns, rows, hexColumns = [] }: NewRows): Promise<void> {
  const fields = columns.map((column) => (hexColumns.includes(column) ? `@${column}` : column)).join(', ');
  const bytes = hexColumns.map((column) => `${column} = UNHEX(@${column})`).join(', ');
  const statement = `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${table} CHARACTER SET utf8mb4 (${fields}) ${bytes && `SET ${bytes}`}`;
  const { affectedRows, warningStatus } = await sendFile(manager, statement, Readable.from(toFile(rows)));
  if (affectedRows !== rows.length || warningStatus !== 0) {
    throw new Error(`${table} took ${affectedRows} of ${rows.length} rows with ${warningStatus} warnings`);
  }
}

/** The server takes each part as a packet. */
function* toFile(rows: NewRows['rows']): Generator<Buffer> {
  for (const some of chunkRows(rows, (values) => values))
    yield Buffer.from(some.map((row) => `${row.map(toField).join('\t')}\n`).join(''));
}

/** The server's default format: tabs between fields, `\N` for NULL. */
function toField(value: SqlValue): string {
  return value === null
    ? '\\N'
    : String(value).replace(/[\\\t\n\r\0]/g, (special) => `\\${ESCAPES[special] ?? special}`);
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': 't', '\n': 'n', '\r': 'r', '\0': '0' };

interface LoadResult {
  readonly affectedRows: number;
  readonly warningStatus: number;
}

/** What TypeORM has no word for: mysql2's own query, on the connection of the transaction. */
interface MysqlConnection {
  query(
    options: { sql: string; infileStreamFactory: () => Readable },
    done: (error: Error | null, result: LoadResult) => void,
  ): void;
}

async function sendFile({ queryRunner }: EntityManager, sql: string, file: Readable): Promise<LoadResult> {
  if (queryRunner === undefined) throw new Error('rows are loaded inside a transaction only');
  const connection = (await queryRunner.connect()) as MysqlConnection;
  return new Promise((resolve, reject) => {
    connection.query({ sql, infileStreamFactory: () => file }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}
