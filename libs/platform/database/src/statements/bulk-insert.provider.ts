/**
 * Bulk insert of new rows: LOAD DATA if MySQL allows it (`local_infile`, off by default), otherwise multi-row
 * statements. Both fail if a row already exists.
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
  /** Binary columns, with values as hexadecimal digits. */
  readonly hexColumns?: readonly string[];
}

/** Inserts all rows or throws. Must run inside a transaction. */
export async function bulkInsert(manager: EntityManager, newRows: NewRows): Promise<void> {
  if (await isLoadDataAllowed(manager)) await loadData(manager, newRows);
  else await insertRows(manager, newRows);
}

async function isLoadDataAllowed(manager: EntityManager): Promise<boolean> {
  if (dialectOf(manager.dataSource) !== 'mysql') return false;
  const [server] = await manager.query<{ allowed: number }[]>('SELECT @@local_infile AS allowed');
  return server?.allowed === 1;
}

/** Inserts the rows in statements that fit into a packet. `onConflict` is the clause for rows that already exist. */
export async function insertRows(
  manager: EntityManager,
  { table, columns, rows, hexColumns = [] }: NewRows,
  onConflict = '',
): Promise<void> {
  const row = `(${columns.map((column) => (hexColumns.includes(column) ? 'UNHEX(?)' : '?')).join(', ')})`;
  for (const chunk of chunkRows(rows, (values) => values)) {
    await manager.query(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${chunk.map(() => row).join(', ')} ${onConflict}`,
      chunk.flat(),
    );
  }
}

/** Compares the counts: with LOCAL the server skips invalid rows and only reports how many. */
async function loadData(manager: EntityManager, { table, columns, rows, hexColumns = [] }: NewRows): Promise<void> {
  const fields = columns.map((column) => (hexColumns.includes(column) ? `@${column}` : column)).join(', ');
  const bytes = hexColumns.map((column) => `${column} = UNHEX(@${column})`).join(', ');
  const statement = `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${table} CHARACTER SET utf8mb4 (${fields}) ${bytes && `SET ${bytes}`}`;
  const { affectedRows, warningStatus } = await sendFile(manager, statement, Readable.from(toFileChunks(rows)));
  if (affectedRows !== rows.length || warningStatus !== 0) {
    throw new Error(`${table}: ${affectedRows} of ${rows.length} rows were loaded, with ${warningStatus} warnings`);
  }
}

/** Yields one chunk per packet. */
function* toFileChunks(rows: NewRows['rows']): Generator<Buffer> {
  for (const chunk of chunkRows(rows, (values) => values))
    yield Buffer.from(chunk.map((row) => `${row.map(toField).join('\t')}\n`).join(''));
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

/** The `query` of mysql2 on the connection of the transaction, which TypeORM does not expose. */
interface MysqlConnection {
  query(
    options: { sql: string; infileStreamFactory: () => Readable },
    done: (error: Error | null, result: LoadResult) => void,
  ): void;
}

async function sendFile({ queryRunner }: EntityManager, sql: string, file: Readable): Promise<LoadResult> {
  if (queryRunner === undefined) throw new Error('LOAD DATA requires a transaction');
  const connection = (await queryRunner.connect()) as MysqlConnection;
  return new Promise((resolve, reject) => {
    connection.query({ sql, infileStreamFactory: () => file }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}
