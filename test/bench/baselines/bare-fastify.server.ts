/** Minimal Fastify server: one route that sends prepared bytes with two headers. */
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const page = readFileSync(process.env['PAGE_FILE'] ?? '');
const server = fastify({ logger: false });

server.get('/products', (_request, reply) => {
  void reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('content-encoding', process.env['PAGE_CODING'] ?? 'identity')
    .send(page);
});

void server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
