/** A catalogue of a size on a MySQL or MariaDB server, filled by the service's own commands. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { openMysql, type TestDatabase } from '../support/databases';
import { start } from '../support/processes';
import { startMysql } from '../support/servers';
import type { CleanUp } from '../support/clean-up';
import type { BenchOptions } from './options';
import { step } from './progress';

/** From here on a catalogue with its indexes outgrows the smaller buffer pool. */
const MANY_ROWS = 200_000;

/** For the rival that searches with it; there before anything is measured, so that all work on the same table. */
const FULLTEXT_INDEX = 'bench_products_search_text';

export interface BenchCatalogue extends TestDatabase {
  /** `MariaDB 10.11.18` */
  readonly server: string;
}

export async function openCatalogue(options: BenchOptions, cleanUp: CleanUp): Promise<BenchCatalogue> {
  const url = options.serverUrl ?? (await startServer(options.rows, cleanUp));
  const database = await openMysql(
    url,
    `farmlokal_bench_${options.isKept ? options.rows : randomBytes(4).toString('hex')}`,
  );
  if (options.serverUrl !== undefined && !options.isKept) cleanUp.add(database.drop);
  await step('Bringing the schema up to date', () => cli(['migrate'], database));
  await step(`Filling the catalogue with ${options.rows} products`, () =>
    cli(['seed', '--rows', String(options.rows)], database),
  );
  const connection = await connectTo(database);
  await step('Adding a full-text index and gathering statistics', () => prepare(connection));
  const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
  await connection.end();
  return { ...database, server: nameOf(String(server?.['version'])) };
}

/** To its database. */
export function connectTo({ config }: TestDatabase): Promise<Connection> {
  if (config.kind !== 'mysql') throw new Error('an embedded database takes no connections');
  const { host, port, user, password, database } = config;
  return createConnection({ host, port, user, password, database });
}

/** All events that were accepted are applied. */
export async function untilIdle(connection: Connection): Promise<void> {
  for (let left = 1; left > 0;) {
    await delay(200);
    const [[row]] = await connection.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS n FROM webhook_events WHERE state IN ('RECEIVED', 'RETRY')`,
    );
    left = Number(row?.['n']);
  }
}

async function startServer(rows: number, cleanUp: CleanUp): Promise<URL> {
  const bufferPool = rows > MANY_ROWS ? '2G' : '512M';
  const server = await step(`Starting a database server with a buffer pool of ${bufferPool}`, () =>
    startMysql([`--innodb-buffer-pool-size=${bufferPool}`, '--local-infile=1']),
  );
  cleanUp.add(server.stop);
  return new URL(server.url);
}

/** Runs a command of the service; fails with what it says. */
async function cli(args: readonly string[], { environment }: TestDatabase): Promise<void> {
  const { code, stdout, stderr } = await start('cli', args, environment, tmpdir()).finished;
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
  await connection.query('ANALYZE TABLE products, producers');
}

/** `10.11.18-MariaDB-0+deb12u1` → `MariaDB 10.11.18` */
function nameOf(version: string): string {
  return `${version.includes('MariaDB') ? 'MariaDB' : 'MySQL'} ${version.split('-')[0] ?? version}`;
}
