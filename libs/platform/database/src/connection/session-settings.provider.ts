/**
 * Sets the session variables of every MySQL and MariaDB connection before its first statement, in every pool. TypeORM
 * uses `driver` in place of mysql2, so no pool can be created without it.
 */
import { createPool, type Pool, type PoolConnection, type PoolOptions, type QueryError } from 'mysql2';
import type { DataSource } from 'typeorm';
import { destroyConnection, type MysqlConnection } from './bounded-connections.provider';
import { isConnectionLost } from './driver-error';
import { MARIADB_SETTINGS, SESSION_SETTINGS, TRANSACTION_SETTINGS } from './session-settings.policy';

/** The server does not accept a session variable. A retry fails the same way. */
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

/** Only MariaDB executes the content of a comment that begins with `M!`. */
const STATEMENTS = [
  `SET ${assignments(SESSION_SETTINGS)} /*M! , ${assignments(MARIADB_SETTINGS)} */`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
];

/** Queues the statements first; a connection executes its statements in order. */
function setSession(connection: PoolConnection): void {
  for (const statement of STATEMENTS) {
    connection.query(statement, (error) => {
      if (error !== null) rejectSession(connection, error);
    });
  }
}

/** Destroys the connection; its queued statements fail with the error. */
function rejectSession(connection: PoolConnection, error: QueryError): void {
  const cause = isConnectionLost(error)
    ? error
    : new SessionSettingError(`the database server does not accept a session setting: ${error.message}`, {
        cause: error,
      });
  destroyConnection(connection as unknown as MysqlConnection, cause);
}

/**
 * Reads the settings back, because a proxy between this process and the server may answer SET itself. Throws
 * SessionSettingError if a setting differs.
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
  if (missing !== undefined) throw new SessionSettingError(`the database server does not report ${missing}`);
  for (const [name, value] of actual) {
    if (normalized(value) === normalized(String(expected[name]))) continue;
    throw new SessionSettingError(
      `the database session must have ${name} = ${expected[name]}, but the server has ${name} = ${value}`,
    );
  }
}

/** Sorts the flags of a set, whose order depends on the server. */
function normalized(value: string): string {
  return value.split(',').toSorted().join();
}

function assignments(settings: Readonly<Record<string, string | bigint>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : value}`)
    .join(', ');
}
