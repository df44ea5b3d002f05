/** Who asked the partner for what, for tests and for whoever wonders. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { targetOf, type Target } from './targets';

interface SeenRequest {
  readonly target: Target;
  readonly method: string;
  readonly url: string;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly atMs: number;
  /** Undefined while it is under way. */
  status: number | undefined;
  /** When whoever asked went away without the answer. */
  abandonedAtMs: number | undefined;
}

const KEPT = 10_000;

export class RequestLog {
  private readonly requests: SeenRequest[] = [];
  private readonly counts = new Map<Target, number>();
  private connections = 0;

  install(server: FastifyInstance): void {
    server.server.on('connection', (socket) => {
      this.connections += 1;
      socket.once('close', () => (this.connections -= 1));
    });
    server.addHook('onRequest', (request, reply, done) => {
      const target = targetOf(request.url);
      if (target !== undefined) this.note(target, request, reply);
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

  private note(target: Target, { method, url, headers }: FastifyRequest, { raw }: FastifyReply): void {
    const seen: SeenRequest = {
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
    this.requests.push(seen);
    this.requests.splice(0, this.requests.length - KEPT);
    raw.once('close', () => {
      if (raw.writableFinished) seen.status = raw.statusCode;
      else seen.abandonedAtMs = Date.now();
    });
  }
}
