/**
 * What stands before every route: what browsers may do with an answer, how many headers a request may have, and that a
 * process which is behind with its work takes no more of it.
 */
import type { IncomingMessage } from 'node:http';
import underPressure from '@fastify/under-pressure';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import type { ApplicationError } from '@platform/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { shareWithOrigins } from './cors.provider';
import { HttpErrors } from './http.errors';
import { httpPolicy } from './http.policy';
import { shedPosts } from './load-shedding.provider';
import { serveInTurn } from './pipelining.provider';
import { prepareProblem } from './problem.filter';
import { setHeaders } from './raw-headers.provider';
import { answerHeaders, pageHeaders } from './security-headers.provider';

/** Of the documentation, which is one. */
const DOCS_PAGE = /^\/docs(?:[/?#]|$)/;

/** Asked by those who look after the service, most of all when it is in trouble. */
const NEVER_SHED = /^\/(?:health|metrics)\b/;

/** A name, an IPv4 address, an IPv6 address in brackets, or nothing; then perhaps a port (RFC 9110 §7.2, RFC 3986 §3.2.2). */
const HOST = /^(?:\[[\da-f:.]{2,45}\]|[\w!$&'()*+,;=.~%-]{0,255})(?::\d{0,5})?$/i;

export async function addGlobalHooks(app: NestFastifyApplication, { http }: AppConfig): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    setHeaders(reply, DOCS_PAGE.test(request.url) ? pageHeaders : answerHeaders);
    const refusal = refusalOf(request.raw);
    if (refusal !== undefined) reply.header('connection', 'close'); // where the next request begins is in doubt
    done(refusal);
  });
  shareWithOrigins(server, http.corsOrigins);
  const refusals = new Counter({
    name: 'farmlokal_http_shed_requests_total',
    help: 'Requests that were refused because the process had more to do than it can',
    registers: [app.get(Registry)],
  });
  shedPosts(server.server, server.pathPrefix, () => refusals.inc());
  serveInTurn(server.server);
  await shedLoad(app, refusals);
}

/** What a request is refused with before anything is done for it. */
export function refusalOf(request: IncomingMessage): ApplicationError | undefined {
  if (request.rawHeaders.length / 2 > httpPolicy.maxHeaders) return HttpErrors.HEADERS_TOO_LARGE.create(); // names and values
  return isWellFormed(request) ? undefined : HttpErrors.MALFORMED_REQUEST.create();
}

/** What RFC 9112 asks of a request beyond the syntax, which Node.js has checked. */
function isWellFormed({ httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  if (!HOST.test(headers.host ?? '')) return false; // §3.2
  const hosts = countHosts(rawHeaders);
  if (httpVersion === '1.1') return hosts === 1; // §3.2
  return httpVersion === '1.0' && hosts <= 1 && headers['transfer-encoding'] === undefined; // §6.1
}

/** Node.js keeps the first of several in `headers`. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Behind for two looks in a row: a single pause, as for garbage or a large page, is over when it is noticed. */
async function shedLoad(app: NestFastifyApplication, refusals: Counter): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  let looksBehind = 0;
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    if (looksBehind < 2 || NEVER_SHED.test(request.url)) return undefined;
    refusals.inc();
    return prepareProblem(HttpErrors.OVERLOADED.create(), request, reply);
  };
  await app.register(underPressure, {
    maxEventLoopDelay: httpPolicy.maxEventLoopDelayMs,
    sampleInterval: httpPolicy.eventLoopLookMs,
    pressureHandler: refuse as (...asked: Parameters<typeof refuse>) => void, // what it gives back is sent; its type forgot
  });
  const look = setInterval(() => {
    looksBehind = server.isUnderPressure() ? looksBehind + 1 : 0;
  }, httpPolicy.eventLoopLookMs).unref();
  server.addHook('onClose', () => clearInterval(look));
}
