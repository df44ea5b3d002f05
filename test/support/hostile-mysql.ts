/** A server whose global variables change what statements mean, as its operator may have set them. */
import { createConnection } from 'mysql2/promise';

/** ER_UNKNOWN_SYSTEM_VARIABLE: MySQL and MariaDB do not have the same ones. */
const UNKNOWN_VARIABLE = 1193;

const SETTINGS = {
  sql_mode: `'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT'`,
  autocommit: '0',
  sql_safe_updates: '1',
  sql_require_primary_key: '1',
  max_allowed_packet: '1048576',
  character_set_server: `'latin1'`,
  time_zone: `'+05:45'`,
};

/** Holds for the connections that are opened from now on; `more` are further variables. */
export async function makeHostile(url: URL, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const connection = await createConnection(url.href);
  try {
    for (const [name, value] of Object.entries({ ...SETTINGS, ...more })) {
      await connection.query(`SET GLOBAL ${name} = ${value}`).catch((error: unknown) => {
        if ((error as { errno?: number }).errno !== UNKNOWN_VARIABLE) throw error;
      });
    }
  } finally {
    await connection.end();
  }
}
