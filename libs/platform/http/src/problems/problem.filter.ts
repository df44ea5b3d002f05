import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ApplicationError } from '@platform/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { httpPolicy } from '../http.policy';
import { HttpErrors } from './http.errors';
import { PROBLEM_MEDIA_TYPE, toApplicationError, toProblem } from './problem';

/** Sends every error as `application/problem+json`: application, framework and unexpected errors. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = thrown instanceof HttpException ? { statusCode: thrown.getStatus() } : thrown;
    sendProblem(error, request, reply);
    if (reply.statusCode >= 500) request.log.error({ requestId: request.id, err: thrown }, 'request failed');
  }
}

/** Sends the problem as text, because Fastify sets its own content type on objects that it serialises. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  void reply.send(prepareProblem(thrown, request, reply));
}

/** Sets the status and headers, and returns the body. */
export function prepareProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): string {
  const prefix = request.server.pathPrefix.of(request.raw);
  const problem = toProblem(orMethodNotAllowed(toApplicationError(thrown), request, reply), request.id, prefix);
  reply.header('x-request-id', request.id); // the framework refuses some requests before any hook runs
  reply.status(problem.status).type(PROBLEM_MEDIA_TYPE).header('cache-control', 'no-store');
  if (problem.status >= 502) reply.header('retry-after', httpPolicy.retryAfterSeconds);
  if (isStillSending(request)) reply.header('connection', 'close'); // the rest of the body is not read
  return JSON.stringify(problem);
}

function isStillSending({ raw, headers }: FastifyRequest): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !raw.complete;
}

/** Replaces the 404 of Fastify if the URL supports other methods: RFC 9110 §15.5.6 requires 405 with Allow. */
function orMethodNotAllowed(error: ApplicationError, request: FastifyRequest, reply: FastifyReply) {
  if (error.definition.code !== HttpErrors.ROUTE_NOT_FOUND.code) return error;
  const allowed = request.server.methodsAllowedAt(request.url);
  if (allowed.length === 0 || allowed.includes(request.method)) return error;
  reply.header('allow', allowed.join(', '));
  return HttpErrors.METHOD_NOT_ALLOWED.create(request.method, allowed);
}
