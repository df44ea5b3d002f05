/** Creates empty databases of each supported kind. Each suite creates its own and drops it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseConfig } from '@platform/config';
import { escapeId } from 'mysql2';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { isThorough } from './runs';

export interface TestDatabase {
  readonly config: DatabaseConfig;
  /** The configuration as environment variables of a process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly drop: () => Promise<void>;
}

const KINDS: readonly (readonly [name: string, create: () => Promise<TestDatabase>])[] = [
  ['embedded SQLite', createSqlite],
  ['MySQL', createMysql],
];

/** All kinds, or the one named by FARMLOKAL_TEST_DATABASES. */
export const databases = KINDS.filter(([name]) =>
  [undefined, '', name].includes(process.env['FARMLOKAL_TEST_DATABASES']),
);

/** Databases for tests of the HTTP contract, which is independent of the database: one in `npm test`, all in CI. */
export const contractDatabases = isThorough ? databases : databases.slice(-1);

export function createSqlite(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const file = join(directory, 'catalogue.db');
  return Promise.resolve({
    config: { kind: 'sqlite', file },
    environment: { DATABASE_FILE: file },
    drop: () => rm(directory, { recursive: true, force: true }),
  });
}

export function createMysql(): Promise<TestDatabase> {
  return openMysql(
    new URL(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? ''),
    `farmlokal_${randomBytes(6).toString('hex')}`,
  );
}

/** Returns the database with the given name and creates it if it does not exist. */
export async function openMysql(url: URL, database: string): Promise<TestDatabase> {
  await queryAt(url, `CREATE DATABASE IF NOT EXISTS ${quoted(database)}`);
  const config = {
    kind: 'mysql',
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    poolSize: 5,
    sslCa: undefined,
    replicas: [],
    replicaMaxLagSeconds: 10,
  } as const;
  return {
    config,
    environment: {
      MYSQL_HOST: config.host,
      MYSQL_PORT: String(config.port),
      MYSQL_USER: config.user,
      MYSQL_PASSWORD: config.password,
      MYSQL_DB: database,
    },
    drop: async () => {
      await queryAt(url, `DROP DATABASE ${quoted(database)}`);
    },
  };
}

/** Quotes the name as one identifier, even if it contains a dot. */
function quoted(database: string): string {
  return escapeId(database, true);
}

/** Runs a statement on a new connection and returns its rows. */
export async function queryAt(url: URL, statement: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url.href);
  try {
    return (await connection.query<RowDataPacket[]>(statement))[0];
  } finally {
    await connection.end();
  }
}
