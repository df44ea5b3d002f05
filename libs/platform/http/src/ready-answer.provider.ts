import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseForm, matchesAny, type ReadyAnswer } from './representation';

/**
 * Puts an answer's headers on the reply and gives what is to be sent: the bytes in the coding the client prefers, or
 * nothing, with a 304, where the client has them already.
 */
export function prepareReply(
  { headers: requested }: FastifyRequest,
  reply: FastifyReply,
  answer: ReadyAnswer,
): Buffer | undefined {
  const [{ bytes, etag }, coding] = chooseForm(answer, requested['accept-encoding']);
  reply.headers(answer.headers).header('etag', etag).header('vary', 'Accept-Encoding');
  if (matchesAny(requested['if-none-match'], etag)) {
    reply.status(304);
    return undefined;
  }
  if (coding !== 'identity') reply.header('content-encoding', coding);
  reply.header('content-type', 'application/json; charset=utf-8').header('content-length', bytes.length);
  return bytes;
}
