import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isApiDocsRoute, setHeaders } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiter } from './rate-limiter.service';

/** Counts requests for the API documentation against the default limit. Nest guards do not cover its Fastify routes. */
export function limitApiDocs(app: NestFastifyApplication): void {
  const limiter = app.get(RateLimiter);
  const count = async (request: FastifyRequest, reply: FastifyReply) => {
    const { headers, exceeded } = await limiter.admit('default', request.raw);
    setHeaders(reply, headers);
    return exceeded && limiter.refuse(exceeded);
  };
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (isApiDocsRoute(request.routeOptions.url)) count(request, reply).then(done, done);
      else done();
    });
}
