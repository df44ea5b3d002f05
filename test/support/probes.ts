/** Availability probes of servers, in their own protocols. */
import { connect } from 'node:net';
import { createConnection } from 'mysql2/promise';

export async function isMysqlUp(url: string): Promise<boolean> {
  try {
    const connection = await createConnection(url);
    await connection.query('SELECT 1');
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

export function isRedisUp(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 1_000 });
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false)).once('timeout', () => settle(false));
  });
}
