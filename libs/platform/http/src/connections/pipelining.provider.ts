/**
 * HTTP pipelining: one request of a connection at a time. Clients may send several requests before they read a response
 * (RFC 9112 §9.3.2). Node.js would emit all of them in one iteration of the event loop, which blocks other connections.
 * Here a request waits until the previous response is sent, and starts in a later iteration.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { httpPolicy } from '../http.policy';
import type { HttpSocket } from './connections.provider';
import { interceptRequests } from './intercepted-requests.provider';

/** Responses to requests that are parsed but not started, in request order. */
type Pipeline = ServerResponse[];

/** Has an entry for each connection that has pipelined. */
const pipelines = new WeakMap<Socket, Pipeline>();

/** Total of all connections of this process. */
let waitingRequests = 0;

/** Relies on Node.js: it assigns the connection to one response at a time, in order, and then emits `socket`. */
export function servePipelinedInOrder(server: Server): void {
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
    const pipeline = enqueue(socket, response);
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

/** Returns the unfinished responses of a connection, in request order. */
export function responsesOn(socket: HttpSocket): readonly ServerResponse[] {
  const pipeline = pipelines.get(socket) ?? [];
  const current = socket._httpMessage ?? undefined;
  return current === undefined || current === pipeline[0] ? pipeline : [current, ...pipeline];
}

/**
 * Queues the response and pauses the connection (backpressure). One read may contain thousands of short requests of
 * some 2 KB each in memory, so `maxWaitingRequests` limits the total of all connections.
 */
function enqueue(socket: Socket, response: ServerResponse): Pipeline {
  const pipeline = pipelines.get(socket) ?? trackPipeline(socket);
  pipeline.push(response);
  waitingRequests += 1;
  socket.pause();
  return pipeline;
}

function trackPipeline(socket: Socket): Pipeline {
  const pipeline: Pipeline = [];
  pipelines.set(socket, pipeline);
  // Node.js resumes the connection after each message that it has parsed.
  socket.on('resume', () => pipeline.length > 0 && socket.pause());
  socket.once('close', () => (waitingRequests -= pipeline.splice(0).length));
  return pipeline;
}
