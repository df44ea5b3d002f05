/**
 * One request of a connection at a time. Clients may send several before they read (RFC 9112 §9.3.2); Node.js would hand
 * all of them over in one turn of the event loop, for which the other connections wait. Here a request whose earlier
 * response is unfinished waits for it, and begins in a later turn.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpSocket } from './connections.provider';
import { httpPolicy } from './http.policy';
import { interceptRequests } from './intercepted-requests.provider';

/** Responses to requests that have been parsed and not begun, in their order. */
type Pipeline = ServerResponse[];

/** Only of connections that have pipelined. */
const pipelines = new WeakMap<Socket, Pipeline>();

/** On all connections of this process. */
let waitingRequests = 0;

/** Node.js gives the connection to one response at a time, in their order, and emits `socket` when it does. */
export function serveInTurn(server: Server): void {
  interceptRequests(server, (request, response, proceed) => {
    if (response.socket !== null) {
      proceed();
      return;
    }
    const { socket } = request;
    if (socket.destroyed) return;
    if (waitingRequests >= httpPolicy.maxWaitingRequests) {
      socket.destroy();
      return;
    }
    const pipeline = wait(socket, response);
    response.once('socket', () =>
      setImmediate(() => {
        if (socket.destroyed) return;
        pipeline.shift();
        waitingRequests -= 1;
        if (pipeline.length === 0) socket.resume();
        proceed();
      }),
    );
  });
}

/** Responses that the connection has yet to send, in their order. */
export function responsesOn(socket: HttpSocket): readonly ServerResponse[] {
  const pipeline = pipelines.get(socket) ?? [];
  const current = socket._httpMessage ?? undefined;
  return current === undefined || current === pipeline[0] ? pipeline : [current, ...pipeline];
}

/**
 * The connection is not read further meanwhile. What has been read may hold thousands of short requests; those of all
 * connections are bounded, because each takes some 2 KB while its client reads nothing.
 */
function wait(socket: Socket, response: ServerResponse): Pipeline {
  const pipeline = pipelines.get(socket) ?? watch(socket);
  pipeline.push(response);
  waitingRequests += 1;
  socket.pause();
  return pipeline;
}

function watch(socket: Socket): Pipeline {
  const pipeline: Pipeline = [];
  pipelines.set(socket, pipeline);
  // Node.js resumes the connection after each message that it has parsed.
  socket.on('resume', () => pipeline.length > 0 && socket.pause());
  socket.once('close', () => (waitingRequests -= pipeline.splice(0).length));
  return pipeline;
}
