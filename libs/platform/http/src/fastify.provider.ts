/** Creates the Fastify server below Nest, with its timeouts, size limits and request ids. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyHttpOptions } from 'fastify';
import { refuseExpectations, sendClientError } from './connections/client-errors.provider';
import { httpPolicy } from './http.policy';
import { sendProblem } from './problems/problem.filter';
import { AllowedMethods } from './request/allowed-methods';
import { requestIdFrom } from './request/request-id';
import { PathPrefix } from './response/path-prefix.provider';
import { setHeaders } from './response/raw-headers.provider';
import { apiSecurityHeaders } from './response/security-headers.provider';

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
    childLoggerFactory: (parent) => parent, // a child logger per request costs more than a `requestId` per line
    genReqId: (request) => requestIdFrom(request.headers['x-request-id'], randomUUID),
    frameworkErrors: (error, request, reply) => {
      setHeaders(reply, apiSecurityHeaders);
      sendProblem(error, request, reply);
      request.server.recordRequest(request, reply);
    },
    clientErrorHandler: sendClientError,
    requestTimeout: httpPolicy.requestTimeoutMs,
    connectionTimeout: httpPolicy.connectionTimeoutMs,
    keepAliveTimeout: httpPolicy.keepAliveTimeoutMs,
    return503OnClosing: false, // requests on open connections still get a response
    http: {
      maxHeaderSize: httpPolicy.maxHeaderBytes,
      requireHostHeader: false, // Node.js would send an empty 400; the global hooks send a problem
      headersTimeout: httpPolicy.headersTimeoutMs,
      connectionsCheckingInterval: httpPolicy.timeoutCheckIntervalMs,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: httpPolicy.maxPathParameterLength },
  };
  const adapter = new FastifyAdapter(options);
  adapter.getInstance().decorate('pathPrefix', new PathPrefix(config));
  refuseExpectations(adapter.getInstance());
  disableBodyParsing(adapter.getInstance());
  addHooks(adapter.getInstance());
  return adapter;
}

/** Disables body parsing: a route calls `readBody` itself after its guards have run. */
function disableBodyParsing(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _body, done) => done(null));
  // otherwise Fastify would inspect the body before the 405 is sent
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
