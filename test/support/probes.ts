/** Whether a server is there, asked in its own protocol. */
import { connect } from 'node:net';
import { createConnection } from 'mysql2/promise';

export async function answersMysql(url: string): Promise<boolean> {
  try {
    const connection = await createConnection(url);
    await connection.query('SELECT 1');
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

export function answersRedis(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 1_000 });
    const answer = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => answer(data.toString().startsWith('+PONG')));
    socket.once('error', () => answer(false)).once('timeout', () => answer(false));
  });
}
