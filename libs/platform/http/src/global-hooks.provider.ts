/**
 * Hooks that run before every route: security headers, CORS, validation of the request headers, request pipelining and
 * load shedding.
 */
import type { IncomingMessage } from 'node:http';
import underPressure from '@fastify/under-pressure';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import type { ApplicationError } from '@platform/errors';
import { Clock } from '@platform/resilience';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { shedPosts } from './connections/load-shedding.provider';
import { servePipelinedInOrder } from './connections/pipelining.provider';
import { httpPolicy } from './http.policy';
import { HttpErrors } from './problems/http.errors';
import { prepareProblem } from './problems/problem.filter';
import { enableCors } from './response/cors.provider';
import { setHeaders } from './response/raw-headers.provider';
import { apiSecurityHeaders, docsSecurityHeaders } from './response/security-headers.provider';

/** Swagger UI, the only HTML page. */
const DOCS_PAGE = /^\/docs(?:[/?#]|$)/;

/** Probes and metrics, which operators need most while the process is overloaded. */
const NEVER_SHED = /^\/(?:health|metrics)\b/;

/** An optional name, IPv4 address or bracketed IPv6 address; then an optional port (RFC 9110 §7.2, RFC 3986 §3.2.2). */
const HOST = /^(?:\[[\da-f:.]{2,45}\]|[\w!$&'()*+,;=.~%-]{0,255})(?::\d{0,5})?$/i;

export async function addGlobalHooks(app: NestFastifyApplication, { http }: AppConfig): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    setHeaders(reply, DOCS_PAGE.test(request.url) ? docsSecurityHeaders : apiSecurityHeaders);
    const refusal = headerErrorOf(request.raw);
    if (refusal !== undefined) reply.header('connection', 'close'); // the start of the next request is uncertain
    done(refusal);
  });
  enableCors(server, http.corsOrigins);
  const refusals = new Counter({
    name: 'farmlokal_http_shed_requests_total',
    help: 'Requests refused with 503 because the process was overloaded',
    registers: [app.get(Registry)],
  });
  shedPosts(server.server, server.pathPrefix, () => refusals.inc());
  servePipelinedInOrder(server.server);
  await shedLoad(app, refusals);
}

/** Returns the error for a request with too many or malformed headers; undefined for a valid request. */
export function headerErrorOf(request: IncomingMessage): ApplicationError | undefined {
  // `rawHeaders` alternates names and values
  if (request.rawHeaders.length / 2 > httpPolicy.maxHeaders) return HttpErrors.HEADERS_TOO_LARGE.create();
  return isWellFormed(request) ? undefined : HttpErrors.MALFORMED_REQUEST.create();
}

/** Checks the rules of RFC 9112 for `Host` and `Transfer-Encoding`; Node.js has checked the syntax. */
function isWellFormed({ httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  if (!HOST.test(headers.host ?? '')) return false; // §3.2
  const hosts = countHosts(rawHeaders);
  if (httpVersion === '1.1') return hosts === 1; // §3.2
  return httpVersion === '1.0' && hosts <= 1 && headers['transfer-encoding'] === undefined; // §6.1
}

/** Counts the raw headers, because `headers` contains only the first `Host`. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Sheds load after two overloaded samples in a row: a single pause, as for garbage collection, has ended by then. */
async function shedLoad(app: NestFastifyApplication, refusals: Counter): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  let overloadedSamples = 0;
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    if (overloadedSamples < 2 || NEVER_SHED.test(request.url)) return undefined;
    refusals.inc();
    return prepareProblem(HttpErrors.OVERLOADED.create(), request, reply);
  };
  await app.register(underPressure, {
    maxEventLoopDelay: httpPolicy.maxEventLoopDelayMs,
    sampleInterval: httpPolicy.eventLoopSampleMs,
    pressureHandler: refuse as (...args: Parameters<typeof refuse>) => void, // Fastify sends the result
  });
  const stopSampling = app.get(Clock).every(httpPolicy.eventLoopSampleMs, () => {
    overloadedSamples = server.isUnderPressure() ? overloadedSamples + 1 : 0;
  });
  server.addHook('onClose', () => stopSampling());
}
