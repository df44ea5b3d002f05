/** Global variables of a database server that change the meaning of statements, as an operator may set them. */
import { createConnection, type RowDataPacket } from 'mysql2/promise';

/** Variables that MariaDB does not have. */
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

/** Sets the variables for new connections. Returns a function that restores the previous values. */
export async function applyHostileSettings(
  url: URL,
  furtherVariables: Readonly<Record<string, string>> = {},
): Promise<() => Promise<void>> {
  const connection = await createConnection(url.href);
  const settings = Object.entries({ ...SETTINGS, ...furtherVariables });
  const restoreStatements: string[] = [];
  try {
    const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
    const isMariaDb = String(server?.['version']).includes('MariaDB');
    for (const [name, value] of settings.filter(([name]) => !(isMariaDb && ONLY_OF_MYSQL.has(name)))) {
      const [[row]] = await connection.query<RowDataPacket[]>(`SELECT @@GLOBAL.${name} AS value`);
      restoreStatements.push(connection.format(`SET GLOBAL ${name} = ?`, [row?.['value']]));
      await connection.query(`SET GLOBAL ${name} = ${value}`);
    }
  } finally {
    await connection.end();
  }
  return async () => {
    const again = await createConnection(url.href);
    for (const statement of restoreStatements) await again.query(statement);
    await again.end();
  };
}
