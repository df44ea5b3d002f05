/** Log of requests to the partner, for tests and debugging. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { targetOf, type Target } from './targets';

interface LoggedRequest {
  readonly target: Target;
  readonly method: string;
  readonly url: string;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly atMs: number;
  /** Undefined while the request is in progress. */
  status: number | undefined;
  /** Time at which the client disconnected before the response was complete. */
  abandonedAtMs: number | undefined;
}

const MAX_ENTRIES = 10_000;

export class RequestLog {
  private readonly requests: LoggedRequest[] = [];
  private readonly counts = new Map<Target, number>();
  private connections = 0;

  install(server: FastifyInstance): void {
    server.server.on('connection', (socket) => {
      this.connections += 1;
      socket.once('close', () => (this.connections -= 1));
    });
    server.addHook('onRequest', (request, reply, done) => {
      const target = targetOf(request.url);
      if (target !== undefined) this.record(target, request, reply);
      done();
    });
  }

  clear(): void {
    this.requests.length = 0;
    this.counts.clear();
  }

  describe(): object {
    return { counts: Object.fromEntries(this.counts), connections: this.connections, requests: this.requests };
  }

  private record(target: Target, { method, url, headers }: FastifyRequest, { raw }: FastifyReply): void {
    const entry: LoggedRequest = {
      target,
      method,
      url,
      idempotencyKey: headers['idempotency-key']?.toString(),
      requestId: headers['x-request-id']?.toString(),
      traceparent: headers['traceparent']?.toString(),
      atMs: Date.now(),
      status: undefined,
      abandonedAtMs: undefined,
    };
    this.counts.set(target, (this.counts.get(target) ?? 0) + 1);
    this.requests.push(entry);
    this.requests.splice(0, this.requests.length - MAX_ENTRIES);
    raw.once('close', () => {
      if (raw.writableFinished) entry.status = raw.statusCode;
      else entry.abandonedAtMs = Date.now();
    });
  }
}
