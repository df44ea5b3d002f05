/** Minimal inbox: one route with one INSERT, which responds after the commit. */
import fastify from 'fastify';
import { createPool, type Pool } from 'mysql2/promise';

const { env } = process;

async function main(): Promise<void> {
  const pool: Pool = createPool({
    host: env['MYSQL_HOST'] ?? '',
    port: Number(env['MYSQL_PORT']),
    user: env['MYSQL_USER'] ?? '',
    password: env['MYSQL_PASSWORD'] ?? '',
    database: env['MYSQL_DB'] ?? '',
    connectionLimit: 10,
  });
  await pool.query(
    'CREATE TABLE IF NOT EXISTS bare_inbox (event_id VARBINARY(200) NOT NULL PRIMARY KEY, payload MEDIUMTEXT NOT NULL)',
  );
  const server = fastify({ logger: false });
  server.post('/webhook', async (request, reply) => {
    const values = [request.headers['x-event-id'], JSON.stringify(request.body)];
    await pool.query('INSERT INTO bare_inbox (event_id, payload) VALUES (?, ?)', values);
    return reply.status(202).send({ status: 'accepted' });
  });
  await server.listen({ port: Number(env['PORT']), host: '127.0.0.1' });
}

void main();
