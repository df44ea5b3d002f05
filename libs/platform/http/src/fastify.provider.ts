/**
 * The Fastify server beneath Nest: limits, request ids, one log line a request, and the representation of answers.
 */
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
import { matchesAny, represent } from './representation';
import { assertReadableAddress } from './request-address';
import { requestIdFrom } from './request-id';

declare module 'fastify' {
  interface FastifyInstance {
    methodsAllowedAt: (url: string) => string[];
  }
}

export function createFastifyAdapter(logger: FastifyBaseLogger): FastifyAdapter {
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
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
  addHooks(adapter.getInstance());
  return adapter;
}

function addHooks(server: FastifyInstance): void {
  const allowed = new AllowedMethods();
  server.decorate('methodsAllowedAt', (url) => allowed.at(url));
  server.addHook('onRoute', ({ method, url }) => allowed.add(method, url));
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    assertReadableAddress(request.url);
  });
  server.addHook('onSend', sendRepresentation);
  server.addHook('onResponse', async (request, reply) => logRequest(request, reply));
}

/** Gives answers that caches may keep their ETag and coding, and those the client has already a 304. */
async function sendRepresentation(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' || reply.statusCode !== 200 || !isPublic(reply)) return payload;
  const { bytes, coding, etag } = await represent(payload, request.headers['accept-encoding']);
  reply.header('etag', etag).header('vary', 'Accept-Encoding');
  if (matchesAny(request.headers['if-none-match'], etag)) {
    reply.status(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  }
  if (coding !== 'identity') reply.header('content-encoding', coding);
  reply.header('content-length', bytes.length);
  return bytes;
}

function isPublic(reply: FastifyReply): boolean {
  return String(reply.getHeader('cache-control') ?? '').startsWith('public');
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      url: request.url,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request completed',
  );
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
