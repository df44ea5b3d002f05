/** The Fastify server beneath Nest: limits of time and size, request ids, one log line a request. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyHttpOptions,
} from 'fastify';
import { AllowedMethods } from './allowed-methods';
import { httpPolicy } from './http.policy';
import { PROBLEM_MEDIA_TYPE, toApplicationError, toProblem } from './problem';
import { sendProblem } from './problem.filter';
import { requestIdFrom } from './request-id';
import { logCompleted, toTenths } from './request-log.provider';

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
      sendProblem(error, request, reply);
      logRequest(request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
    requestTimeout: httpPolicy.requestTimeoutMs,
    connectionTimeout: httpPolicy.connectionTimeoutMs,
    keepAliveTimeout: httpPolicy.keepAliveTimeoutMs,
    http: { maxHeaderSize: httpPolicy.maxHeaderBytes },
    routerOptions: { maxParamLength: httpPolicy.maxPathParameterLength },
  };
  const adapter = new FastifyAdapter(options);
  leaveBodiesUnread(adapter.getInstance());
  addHooks(adapter.getInstance());
  return adapter;
}

/** Whoever takes a body reads it itself, with `readBody`, once its guards have let the client in. */
function leaveBodiesUnread(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
}

function addHooks(server: FastifyInstance): void {
  const allowed = new AllowedMethods();
  server.decorate('methodsAllowedAt', (url) => allowed.at(url));
  server.addHook('onRoute', ({ method, url }) => allowed.add(method, url));
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  logCompleted(request.log, {
    requestId: request.id,
    method: request.method,
    url: request.url,
    route: request.routeOptions.url,
    status: reply.statusCode,
    durationMs: toTenths(reply.elapsedTime),
  });
}

/** Node could not parse the request, so there is no reply object; what can still be said is written to the socket. */
function answerBrokenRequest(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const statuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
  const statusCode = statuses[error.code ?? ''] ?? 400;
  const requestId = randomUUID();
  const problem = toProblem(toApplicationError({ statusCode }), requestId);
  const body = JSON.stringify(problem);
  this.log.debug({ requestId, status: problem.status, reason: error.code }, 'request could not be parsed');
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\nx-request-id: ${requestId}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
