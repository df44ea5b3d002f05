import type { FastifyReply } from 'fastify';
import type { RawHeaders } from './representation';

export function setHeaders(reply: FastifyReply, headers: RawHeaders): void {
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
}
