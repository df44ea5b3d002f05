/** The Fastify server beneath Nest: limits of time and size, request ids. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyHttpOptions } from 'fastify';
import { AllowedMethods } from './allowed-methods';
import { answerClientError, refuseExpectations } from './client-errors.provider';
import { httpPolicy } from './http.policy';
import { PathPrefix } from './path-prefix.provider';
import { sendProblem } from './problem.filter';
import { setHeaders } from './raw-headers.provider';
import { requestIdFrom } from './request-id';
import { answerHeaders } from './security-headers.provider';

declare module 'fastify' {
  interface FastifyInstance {
    pathPrefix: PathPrefix;
    methodsAllowedAt: (url: string) => string[];
  }
}

export function createFastifyAdapter(logger: FastifyBaseLogger, config: AppConfig): FastifyAdapter {
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
    clientErrorHandler: answerClientError,
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
  adapter.getInstance().decorate('pathPrefix', new PathPrefix(config));
  refuseExpectations(adapter.getInstance());
  leaveBodiesUnread(adapter.getInstance());
  addHooks(adapter.getInstance());
  return adapter;
}

/** Whoever takes a body reads it itself, with `readBody`, once its guards have let the client in. */
function leaveBodiesUnread(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
  // else Fastify looks at its body before anybody is told 405
  server.addHttpMethod('QUERY', { hasBody: false, overrideExisting: true });
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
