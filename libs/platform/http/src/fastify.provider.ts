/** The Fastify server beneath Nest: limits of time and size, request ids. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyHttpOptions } from 'fastify';
import type { ApplicationError } from '@platform/errors';
import { AllowedMethods } from './allowed-methods';
import { HttpErrors } from './http.errors';
import { httpPolicy } from './http.policy';
import type { HttpSocket } from './connections.provider';
import { setHeaders } from './raw-headers.provider';
import type { RawHeaders } from './representation';
import { answerHeaders } from './security-headers.provider';
import { PROBLEM_MEDIA_TYPE, toApplicationError, toProblem } from './problem';
import { sendProblem } from './problem.filter';
import { requestIdFrom } from './request-id';

declare module 'fastify' {
  interface FastifyInstance {
    methodsAllowedAt: (url: string) => string[];
  }
}

export function createFastifyAdapter(logger: FastifyBaseLogger): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent) => parent, // a logger a request costs more than to name the request in its line
    genReqId: (request) => requestIdFrom(request.headers['x-request-id'], randomUUID),
    frameworkErrors: (error, request, reply) => {
      setHeaders(reply, answerHeaders);
      sendProblem(error, request, reply);
      request.server.recordRequest(request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
    requestTimeout: httpPolicy.requestTimeoutMs,
    connectionTimeout: httpPolicy.connectionTimeoutMs,
    keepAliveTimeout: httpPolicy.keepAliveTimeoutMs,
    return503OnClosing: false, // who has a connection still gets an answer
    http: {
      maxHeaderSize: httpPolicy.maxHeaderBytes,
      requireHostHeader: false, // Node.js would refuse without a word; the edge does with a problem
      headersTimeout: httpPolicy.headersTimeoutMs,
      connectionsCheckingInterval: httpPolicy.timeoutsCheckedEveryMs,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: httpPolicy.maxPathParameterLength },
  };
  const adapter = new FastifyAdapter(options);
  refuseExpectations(adapter.getInstance());
  leaveBodiesUnread(adapter.getInstance());
  addHooks(adapter.getInstance());
  return adapter;
}

/** Whoever takes a body reads it itself, with `readBody`, once its guards have let the client in. */
function leaveBodiesUnread(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
  server.addHttpMethod('QUERY', { hasBody: false, overrideExisting: true }); // else Fastify looks at the body before anybody is told 405
}

/** But 100-continue, which Node.js answers itself. */
function refuseExpectations(server: FastifyInstance): void {
  server.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const requestId = randomUUID();
    const { status, headers, body } = toRawProblem(HttpErrors.EXPECTATION_FAILED.create(), requestId);
    response.writeHead(status, { ...headers, connection: 'close' }).end(body);
  });
}

function addHooks(server: FastifyInstance): void {
  const allowed = new AllowedMethods();
  server.decorate('methodsAllowedAt', (url) => allowed.at(url));
  server.addHook('onRoute', ({ method, url }) => allowed.add(method, url));
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}

/** Node could not parse the request, so there is no reply object; what can still be said is written to the socket. */
function answerBrokenRequest(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  this.recordBroken?.(error.code ?? '');
  const isAnswering = ((socket as HttpSocket)._httpMessage ?? null) !== null; // whose answer this must not pass for
  if (isAnswering || error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const statuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
  const statusCode = statuses[error.code ?? ''] ?? 400;
  const requestId = randomUUID();
  const { status, title, headers, body } = toRawProblem(toApplicationError({ statusCode }), requestId);
  this.log.debug({ requestId, status, reason: error.code }, 'request could not be parsed');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}connection: close\r\n\r\n${body}`);
}

/** A problem where there is no framework to send it. */
function toRawProblem(error: ApplicationError, requestId: string) {
  const problem = toProblem(error, requestId);
  const body = JSON.stringify(problem);
  const headers = {
    ...toRecord(answerHeaders),
    'cache-control': 'no-store',
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
  };
  return { status: problem.status, title: problem.title, headers, body };
}

function toRecord(headers: RawHeaders): Record<string, string> {
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}
