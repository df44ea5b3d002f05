/** Empty databases for a suite, one of each kind the service runs on; each suite gets its own and drops it. */
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
  /** The same, as the environment of a process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly drop: () => Promise<void>;
}

const KINDS: readonly (readonly [name: string, create: () => Promise<TestDatabase>])[] = [
  ['embedded SQLite', createSqlite],
  ['MySQL', createMysql],
];

/** All of them, or the one that FARMLOKAL_TEST_DATABASES names. */
export const databases = KINDS.filter(([name]) =>
  [undefined, '', name].includes(process.env['FARMLOKAL_TEST_DATABASES']),
);

/** For the HTTP contract, which does not depend on the database: one with `npm test`, all of them in CI. */
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

/** The database of that name, made where there is none. */
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

/** The whole name: a dot in it separates nothing. */
function quoted(database: string): string {
  return escapeId(database, true);
}

/** Its rows, asked on a connection of its own. */
export async function queryAt(url: URL, statement: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url.href);
  try {
    return (await connection.query<RowDataPacket[]>(statement))[0];
  } finally {
    await connection.end();
  }
}
