import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isApiDocsRoute, setHeaders } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiter } from './rate-limiter.service';

/** Counts the documentation against the default limit. Its routes are Fastify's, which the guards of Nest do not see. */
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
