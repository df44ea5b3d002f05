import type { FastifyReply } from 'fastify';
import type { RawHeaders } from './representation';

export function setHeaders(reply: FastifyReply, headers: RawHeaders): void {
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value] = headers.slice(at, at + 2);
    reply.header(name, name === 'vary' ? mergeVary(reply.getHeader('vary'), value) : value);
  }
}

/** Whoever read a header of the request adds its name; nobody takes one out. */
function mergeVary(before: unknown, more: string | undefined): string | undefined {
  return typeof before === 'string' && before !== more ? `${before}, ${more}` : more;
}
