/**
 * Load shedding for POST requests. On the embedded database storing an event is synchronous, so a burst of a thousand
 * would block one iteration of the event loop. A few POSTs start in each iteration and the next ones are queued. Beyond
 * `maxConcurrentPosts` a POST gets 503 before it reaches the framework, at a tenth of the cost of a 503 by the
 * framework.
 */
import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import { httpPolicy } from '../http.policy';
import { HttpErrors } from '../problems/http.errors';
import type { PathPrefix } from '../response/path-prefix.provider';
import { toRawProblem } from './client-errors.provider';
import { interceptRequests } from './intercepted-requests.provider';

interface QueuedPost {
  readonly response: ServerResponse;
  readonly proceed: () => void;
}

/** Calls `onRefused` for each refused request; the access log does not contain it. */
export function shedPosts(server: Server, prefix: Pick<PathPrefix, 'of'>, onRefused: () => void): void {
  const queue: QueuedPost[] = [];
  const admitted = new Set<ServerResponse>();
  let startedInIteration = 0;
  const start = ({ response, proceed }: QueuedPost) => {
    if (response.destroyed) return; // the client disconnected
    if (startedInIteration === 0) setImmediate(startNext);
    startedInIteration += 1;
    proceed();
  };
  const startNext = () => {
    startedInIteration = 0;
    while (startedInIteration < httpPolicy.postsPerIteration && queue.length > 0) start(queue.shift()!);
  };
  interceptRequests(server, (request, response, proceed) => {
    if (request.method !== 'POST') {
      proceed();
      return;
    }
    if (admitted.size >= httpPolicy.maxConcurrentPosts) {
      onRefused();
      refuse(response, prefix.of(request));
      return;
    }
    admitted.add(response);
    const release = () => admitted.delete(response);
    // The slot is released once the response is written: a client that does not read must not occupy it.
    response.once('prefinish', release).once('close', release);
    if (startedInIteration < httpPolicy.postsPerIteration && queue.length === 0) start({ response, proceed });
    else queue.push({ response, proceed });
  });
}

/** Sends a 503 and closes the connection, because the body is not read. */
function refuse(response: ServerResponse, prefix: string): void {
  const { status, headers, body } = toRawProblem(HttpErrors.OVERLOADED.create(), randomUUID(), prefix);
  response.writeHead(status, [...headers, 'retry-after', String(httpPolicy.retryAfterSeconds)]).end(body);
}
