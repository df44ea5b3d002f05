/** A server whose global variables change what statements mean, as its operator may have set them. */
import { createConnection, type RowDataPacket } from 'mysql2/promise';

/** MariaDB has no such variables. */
const ONLY_OF_MYSQL = new Set(['sql_require_primary_key']);

const SETTINGS = {
  sql_mode: `'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT'`,
  autocommit: '0',
  sql_safe_updates: '1',
  sql_require_primary_key: '1',
  max_allowed_packet: '1048576',
  character_set_server: `'latin1'`,
  time_zone: `'+05:45'`,
};

/** Holds for connections that are opened from now on; `more` are further variables. Returns what restores the server. */
export async function makeHostile(url: URL, more: Readonly<Record<string, string>> = {}): Promise<() => Promise<void>> {
  const connection = await createConnection(url.href);
  const settings = Object.entries({ ...SETTINGS, ...more });
  const restoring: string[] = [];
  try {
    const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
    const isMariaDb = String(server?.['version']).includes('MariaDB');
    for (const [name, value] of settings.filter(([name]) => !(isMariaDb && ONLY_OF_MYSQL.has(name)))) {
      const [[row]] = await connection.query<RowDataPacket[]>(`SELECT @@GLOBAL.${name} AS value`);
      restoring.push(connection.format(`SET GLOBAL ${name} = ?`, [row?.['value']]));
      await connection.query(`SET GLOBAL ${name} = ${value}`);
    }
  } finally {
    await connection.end();
  }
  return async () => {
    const again = await createConnection(url.href);
    for (const statement of restoring) await again.query(statement);
    await again.end();
  };
}
