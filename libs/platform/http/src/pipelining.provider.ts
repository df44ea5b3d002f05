/**
 * One request of a connection at a time. Clients may send several before they read (RFC 9112 §9.3.2); Node.js would hand
 * all of them over in one turn of the event loop, for which the other connections wait. Here a request whose earlier
 * response is unfinished waits for it, and begins in a later turn.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpSocket } from './connections.provider';
import { interceptRequests } from './intercepted-requests.provider';

interface Pipeline {
  /** Requests that have been parsed and not begun. */
  waiting: number;
  /** The one that will be answered last. */
  last: ServerResponse;
}

/** Only of connections that have pipelined. */
const pipelines = new WeakMap<Socket, Pipeline>();

/** Node.js gives the connection to one response at a time, in their order, and emits `socket` when it does. */
export function serveInTurn(server: Server): void {
  interceptRequests(server, (request, response, proceed) => {
    if (response.socket !== null) {
      proceed();
      return;
    }
    const { socket } = request;
    const pipeline = wait(socket, response);
    response.once('socket', () =>
      setImmediate(() => {
        pipeline.waiting -= 1;
        if (pipeline.waiting === 0) socket.resume();
        if (!socket.destroyed) proceed();
      }),
    );
  });
}

/** The response after which nothing is sent on the connection; undefined if no request is being answered. */
export function lastResponseOn(socket: HttpSocket): ServerResponse | undefined {
  const pipeline = pipelines.get(socket);
  return pipeline !== undefined && pipeline.waiting > 0 ? pipeline.last : (socket._httpMessage ?? undefined);
}

/** Reads no further meanwhile: a client that sends without reading must not fill the memory. */
function wait(socket: Socket, response: ServerResponse): Pipeline {
  const pipeline = pipelines.get(socket) ?? watch(socket, response);
  pipeline.waiting += 1;
  pipeline.last = response;
  socket.pause();
  return pipeline;
}

function watch(socket: Socket, last: ServerResponse): Pipeline {
  const pipeline = { waiting: 0, last };
  pipelines.set(socket, pipeline);
  // Node.js resumes the connection after each message that it has parsed.
  socket.on('resume', () => pipeline.waiting > 0 && socket.pause());
  return pipeline;
}
