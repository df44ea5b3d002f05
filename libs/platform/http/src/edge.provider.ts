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
import { prepareProblem } from './problem.filter';
import { setHeaders } from './raw-headers.provider';
import { answerHeaders, pageHeaders } from './security-headers.provider';

/** Of the documentation, which is one. */
const A_PAGE = /^\/docs(?:[/?#]|$)/;

/** Asked by those who look after the service, most of all when it is in trouble. */
const ALWAYS_ANSWERED = /^\/(?:health|metrics)\b/;

export async function standBeforeRoutes(app: NestFastifyApplication, { http }: AppConfig): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    setHeaders(reply, A_PAGE.test(request.url) ? pageHeaders : answerHeaders);
    done(refusalOf(request.raw));
  });
  shareWithOrigins(server, http.corsOrigins);
  await refuseWhenBehind(app);
}

/** What a request is refused with before anything is done for it. */
export function refusalOf({ rawHeaders, headers, httpVersion }: IncomingMessage): ApplicationError | undefined {
  if (rawHeaders.length / 2 > httpPolicy.maxHeaders) return HttpErrors.HEADERS_TOO_LARGE.create(); // names and values
  const isWithoutHost = headers.host === undefined && httpVersion === '1.1'; // RFC 9112 §3.2
  return isWithoutHost ? HttpErrors.MALFORMED_REQUEST.create() : undefined;
}

/** Behind for two looks in a row: a single pause, as for garbage or a large page, is over when it is noticed. */
async function refuseWhenBehind(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const refusals = new Counter({
    name: 'farmlokal_overload_refusals_total',
    help: 'Requests that were refused because the event loop was behind',
    registers: [app.get(Registry)],
  });
  let looksBehind = 0;
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    if (looksBehind < 2 || ALWAYS_ANSWERED.test(request.url)) return undefined;
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
