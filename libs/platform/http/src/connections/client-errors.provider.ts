/** Client errors before the framework runs: requests that Node.js cannot parse, and unsupported expectations. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApplicationError } from '@platform/errors';
import type { FastifyInstance } from 'fastify';
import { HttpErrors } from '../problems/http.errors';
import { PROBLEM_MEDIA_TYPE, toApplicationError, toProblem } from '../problems/problem';
import type { RawHeaders } from '../response/representation';
import { apiSecurityHeaders } from '../response/security-headers.provider';
import { closeAfter, isClosing, type HttpSocket } from './connections.provider';
import { responsesOn } from './pipelining.provider';

/** Sends 417 for every expectation except 100-continue, which Node.js handles itself. */
export function refuseExpectations(server: FastifyInstance): void {
  server.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const prefix = server.pathPrefix.of(request);
    const { status, headers, body } = toRawProblem(HttpErrors.EXPECTATION_FAILED.create(), randomUUID(), prefix);
    response.writeHead(status, [...headers]).end(body);
  });
}

/**
 * Writes a problem to the socket, unless the client would take it for the response to an earlier request. Complete
 * requests before the malformed one get their responses; a request whose body is malformed gets none.
 */
export function sendClientError(this: FastifyInstance, error: Error & { code?: string }, socket: HttpSocket): void {
  if (isClosing(socket)) return;
  this.recordClientError?.(error.code ?? '');
  const responses = responsesOn(socket);
  const last = responses.findLast(({ req }) => req.complete);
  if (last !== undefined && error.code !== 'ECONNRESET') {
    closeAfter(last, socket);
    return;
  }
  if (responses.length > 0 || error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const statuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
  const statusCode = statuses[error.code ?? ''] ?? 400;
  const requestId = randomUUID();
  const { status, title, headers, body } = toRawProblem(
    toApplicationError({ statusCode }),
    requestId,
    this.pathPrefix.configured,
  );
  this.log.debug({ requestId, status, reason: error.code }, 'request could not be parsed');
  const lines = headers.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
}

/** Builds a problem response without the framework; it closes the connection. */
export function toRawProblem(error: ApplicationError, requestId: string, prefix: string) {
  const problem = toProblem(error, requestId, prefix);
  const body = JSON.stringify(problem);
  const content = ['content-type', PROBLEM_MEDIA_TYPE, 'content-length', String(Buffer.byteLength(body))];
  const metadata = ['x-request-id', requestId, 'cache-control', 'no-store', 'connection', 'close'];
  const headers: RawHeaders = [...metadata, ...apiSecurityHeaders, ...content];
  return { status: problem.status, title: problem.title, headers, body };
}
