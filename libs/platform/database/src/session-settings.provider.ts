/**
 * Sets the session of every MySQL and MariaDB connection before its first statement, in whichever pool it was opened.
 * TypeORM takes `driver` in place of mysql2, so no pool can be created without it.
 */
import { createPool, type Pool, type PoolConnection, type PoolOptions, type QueryError } from 'mysql2';
import type { DataSource } from 'typeorm';
import { destroyConnection, type MysqlConnection } from './bounded-connections.provider';
import { isConnectionLost } from './driver-error';
import { MARIADB_SETTINGS, SESSION_SETTINGS, TRANSACTION_SETTINGS } from './session-settings.policy';

/** The server does not accept a session variable. Another attempt has the same outcome. */
export class SessionSettingError extends Error {
  override readonly name = 'SessionSettingError';
  readonly code = 'SESSION_SETTING_REFUSED';
}

export const driver = {
  createPool(options: PoolOptions): Pool {
    const pool = createPool(options);
    pool.on('connection', setSession);
    return pool;
  },
};

/** MariaDB alone executes what a comment that begins with M! contains. */
const STATEMENTS = [
  `SET ${assignments(SESSION_SETTINGS)} /*M! , ${assignments(MARIADB_SETTINGS)} */`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
];

/** A connection carries out its statements in order, so these come before any other. */
function setSession(connection: PoolConnection): void {
  for (const statement of STATEMENTS) {
    connection.query(statement, (error) => {
      if (error !== null) refuse(connection, error);
    });
  }
}

/** The statements that wait on the connection fail with this error. */
function refuse(connection: PoolConnection, error: QueryError): void {
  const cause = isConnectionLost(error)
    ? error
    : new SessionSettingError(`the database server does not accept a session setting: ${error.message}`, {
        cause: error,
      });
  destroyConnection(connection as unknown as MysqlConnection, cause);
}

/**
 * Reads the settings back, since a proxy between this process and the server may answer SET by itself.
 * Throws SessionSettingError.
 */
export async function assertSessionSettings(dataSource: DataSource): Promise<void> {
  const expected = { ...SESSION_SETTINGS, ...MARIADB_SETTINGS, ...TRANSACTION_SETTINGS };
  const names = Object.keys(expected);
  const rows = await dataSource.query<{ Variable_name: string; Value: string }[]>(
    `SHOW SESSION VARIABLES WHERE Variable_name IN (${names.map(() => '?').join(', ')})`,
    names,
  );
  const actual = new Map(rows.map(({ Variable_name: name, Value: value }) => [name, value]));
  const missing = Object.keys(SESSION_SETTINGS).find((name) => !actual.has(name));
  if (missing !== undefined) throw new SessionSettingError(`the database server does not show its ${missing}`);
  for (const [name, value] of actual) {
    if (normalized(value) === normalized(String(expected[name]))) continue;
    throw new SessionSettingError(
      `the database session must have ${name} = ${expected[name]}, but the server keeps ${name} = ${value}`,
    );
  }
}

/** Servers list the flags of a set in an order of their own. */
function normalized(value: string): string {
  return value.split(',').toSorted().join();
}

function assignments(settings: Readonly<Record<string, string | bigint>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : value}`)
    .join(', ');
}
