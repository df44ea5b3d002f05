/**
 * Which scripts may read answers in a browser (the CORS protocol of the Fetch standard). Answers are the same for
 * everybody and no cookies are read, so nothing is allowed with credentials.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpPolicy } from './http.policy';
import { setHeaders } from './raw-headers.provider';

/** Beyond those that any script may read. */
const READABLE = 'Age, Cache-Status, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';

/** Does nothing for origins that are not listed, whose browsers then keep the answer to themselves. */
export function shareWithOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allows = (origin: string) => origins.includes('*') || origins.includes(origin);
  server.addHook('onRequest', (request, reply, done) => {
    const { origin, 'access-control-request-method': wanted } = request.headers;
    setHeaders(reply, ['vary', 'Origin']);
    const isAllowed = origin !== undefined && allows(origin);
    if (isAllowed)
      setHeaders(reply, ['access-control-allow-origin', origin, 'access-control-expose-headers', READABLE]);
    if (isAllowed && request.method === 'OPTIONS' && wanted !== undefined) answerPreflight(reply);
    else done();
  });
}

/** Any header may be sent along but Authorization, which `*` does not cover. */
function answerPreflight(reply: FastifyReply): void {
  const allowed = ['access-control-allow-methods', 'GET, HEAD', 'access-control-allow-headers', '*'];
  setHeaders(reply, [...allowed, 'access-control-max-age', String(httpPolicy.preflightSeconds)]);
  void reply.status(204).send();
}
