/**
 * Bounds what POST requests take from all others. On the embedded database storing an event is synchronous: a thousand
 * that arrive together would be stored in one turn of the event loop. So a few begin in each turn, the next ones wait, and
 * beyond a bound a request is refused before the framework is asked, which costs a tenth of a refusal by the framework.
 */
import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import { toRawProblem } from './client-errors.provider';
import { HttpErrors } from './http.errors';
import { httpPolicy } from './http.policy';
import { interceptRequests } from './intercepted-requests.provider';
import type { PathPrefix } from './path-prefix.provider';

interface WaitingPost {
  readonly response: ServerResponse;
  readonly proceed: () => void;
}

/** A refused request is counted by `onRefused`, and is not in the log. */
export function shedPosts(server: Server, prefix: Pick<PathPrefix, 'of'>, onRefused: () => void): void {
  const waiting: WaitingPost[] = [];
  const admitted = new Set<ServerResponse>();
  let begunInTurn = 0;
  const begin = ({ response, proceed }: WaitingPost) => {
    if (response.destroyed) return; // the client has gone
    if (begunInTurn === 0) setImmediate(beginNext);
    begunInTurn += 1;
    proceed();
  };
  const beginNext = () => {
    begunInTurn = 0;
    while (begunInTurn < httpPolicy.postsPerTurn && waiting.length > 0) begin(waiting.shift()!);
  };
  interceptRequests(server, (request, response, proceed) => {
    if (request.method !== 'POST') {
      proceed();
      return;
    }
    if (admitted.size >= httpPolicy.maxPostsAtOnce) {
      onRefused();
      refuse(response, prefix.of(request));
      return;
    }
    admitted.add(response);
    const release = () => admitted.delete(response);
    // Its work is done when all of the response has been written: a client that does not read it must not keep the place.
    response.once('prefinish', release).once('close', release);
    if (begunInTurn < httpPolicy.postsPerTurn && waiting.length === 0) begin({ response, proceed });
    else waiting.push({ response, proceed });
  });
}

/** Closes the connection, because the body is not read. */
function refuse(response: ServerResponse, prefix: string): void {
  const { status, headers, body } = toRawProblem(HttpErrors.OVERLOADED.create(), randomUUID(), prefix);
  response.writeHead(status, [...headers, 'retry-after', String(httpPolicy.retryAfterSeconds)]).end(body);
}
