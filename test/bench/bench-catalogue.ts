/** Creates a catalogue of a given size on a MySQL or MariaDB server with the commands of the service. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { CleanUp } from '../support/clean-up';
import { openMysql, type TestDatabase } from '../support/databases';
import { startMysql } from '../support/servers/servers';
import { startApp } from './checkout';
import type { BenchOptions } from './options';
import { step } from './progress';

/** Above this size, a catalogue with its indexes exceeds the smaller buffer pool. */
const MANY_ROWS = 200_000;

/** Index for the full-text baseline. It exists in all measurements, so that all services use the same table. */
const FULLTEXT_INDEX = 'bench_products_search_text';

const UPDATE_STATISTICS = 'ANALYZE TABLE products, producers';

export interface BenchCatalogue extends TestDatabase {
  /** Name and version, e.g. `MariaDB 10.11.18`. */
  readonly server: string;
}

/** Opens a catalogue with the full-text index of the baselines. */
export async function openCatalogue(options: BenchOptions, cleanUp: CleanUp): Promise<BenchCatalogue> {
  const catalogue = await openOwnCatalogue(options, cleanUp);
  const connection = await connectTo(catalogue);
  await step('Adding a full-text index and updating statistics', () => prepare(connection));
  await connection.end();
  return catalogue;
}

/** Opens a catalogue as the commands of `checkout` create it. */
export async function openOwnCatalogue(
  options: BenchOptions,
  cleanUp: CleanUp,
  checkout?: string,
): Promise<BenchCatalogue> {
  const url = options.serverUrl ?? (await startServer(options.rows, cleanUp));
  const database = await openMysql(
    url,
    `farmlokal_bench_${options.isKept ? options.rows : randomBytes(4).toString('hex')}`,
  );
  if (options.serverUrl !== undefined && !options.isKept) cleanUp.add(database.drop);
  await step('Migrating the schema', () => cli(checkout, ['migrate'], database));
  await step(`Filling the catalogue with ${options.rows} products`, () =>
    cli(checkout, ['seed', '--rows', String(options.rows)], database),
  );
  const connection = await connectTo(database);
  await connection.query(UPDATE_STATISTICS);
  const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
  await connection.end();
  return { ...database, server: nameOf(String(server?.['version'])) };
}

/** Connects to the database. Throws for an embedded database. */
export function connectTo({ config }: TestDatabase): Promise<Connection> {
  if (config.kind !== 'mysql') throw new Error('an embedded database accepts no connections');
  const { host, port, user, password, database } = config;
  return createConnection({ host, port, user, password, database });
}

/** Waits until all accepted events are applied. */
export async function untilIdle(connection: Connection): Promise<void> {
  for (let pending = 1; pending > 0;) {
    await delay(200);
    const [[row]] = await connection.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS n FROM webhook_events WHERE state IN ('RECEIVED', 'RETRY')`,
    );
    pending = Number(row?.['n']);
  }
}

/** Starts a server whose buffer pool suits catalogues of this many products in all. */
export async function startServer(rows: number, cleanUp: CleanUp): Promise<URL> {
  const bufferPool = rows > MANY_ROWS ? '2G' : '512M';
  const server = await step(`Starting a database server with a buffer pool of ${bufferPool}`, () =>
    startMysql([`--innodb-buffer-pool-size=${bufferPool}`, '--local-infile=1']),
  );
  cleanUp.add(server.stop);
  return new URL(server.url);
}

/** Runs a command of the service. Throws its output if it fails. */
async function cli(
  checkout: string | undefined,
  args: readonly string[],
  { environment }: TestDatabase,
): Promise<void> {
  const { code, stdout, stderr } = await startApp(checkout, 'cli', args, environment).finished;
  if (code !== 0) throw new Error(`cli ${args.join(' ')} failed: ${stderr || stdout}`);
}

async function prepare(connection: Connection): Promise<void> {
  const [present] = await connection.query<RowDataPacket[]>('SHOW INDEX FROM products WHERE key_name = ?', [
    FULLTEXT_INDEX,
  ]);
  if (present.length === 0)
    await connection.query(
      `ALTER TABLE products ADD FULLTEXT KEY ${FULLTEXT_INDEX} (search_text), ALGORITHM = INPLACE`,
    );
  await connection.query(UPDATE_STATISTICS);
}

/** `10.11.18-MariaDB-0+deb12u1` → `MariaDB 10.11.18` */
function nameOf(version: string): string {
  return `${version.includes('MariaDB') ? 'MariaDB' : 'MySQL'} ${version.split('-')[0] ?? version}`;
}
