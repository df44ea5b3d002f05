import type { FastifyReply } from 'fastify';
import type { RawHeaders } from './representation';

export function setHeaders(reply: FastifyReply, headers: RawHeaders): void {
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value] = headers.slice(at, at + 2);
    reply.header(name, name === 'vary' ? mergeVary(reply.getHeader('vary'), value) : value);
  }
}

/** Appends to `Vary`: each hook or handler adds the request headers that it uses. */
function mergeVary(current: unknown, added: string | undefined): string | undefined {
  return typeof current === 'string' && current !== added ? `${current}, ${added}` : added;
}
