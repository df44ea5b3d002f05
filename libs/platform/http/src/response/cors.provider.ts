/**
 * CORS (Fetch standard) for the configured origins. Responses are the same for all users and cookies are not read, so
 * requests with credentials are not allowed.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpPolicy } from '../http.policy';
import { setHeaders } from './raw-headers.provider';

/** Response headers exposed in addition to the CORS-safelisted ones. */
const READABLE = 'Age, Cache-Status, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';

/** Adds CORS headers for the listed origins; browsers withhold responses from scripts of other origins. */
export function enableCors(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allows = (origin: string) => origins.includes('*') || origins.includes(origin);
  server.addHook('onRequest', (request, reply, done) => {
    const { origin, 'access-control-request-method': requestedMethod } = request.headers;
    setHeaders(reply, ['vary', 'Origin']);
    const isAllowed = origin !== undefined && allows(origin);
    if (isAllowed)
      setHeaders(reply, ['access-control-allow-origin', origin, 'access-control-expose-headers', READABLE]);
    if (isAllowed && request.method === 'OPTIONS' && requestedMethod !== undefined) sendPreflight(reply);
    else done();
  });
}

/** Allows every request header except Authorization, which `*` does not cover. */
function sendPreflight(reply: FastifyReply): void {
  const allowed = ['access-control-allow-methods', 'GET, HEAD', 'access-control-allow-headers', '*'];
  setHeaders(reply, [...allowed, 'access-control-max-age', String(httpPolicy.preflightSeconds)]);
  void reply.status(204).send();
}
