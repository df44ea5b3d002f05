/** Records each completed request, of the framework or the fast path: its log line, metrics and trace. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestTraces, type RequestTrace } from '@platform/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { withoutSecrets } from '../parameters/secret-parameters';
import type { LogNotes } from './log-notes';
import { RequestMetrics } from './request-metrics';

declare module 'fastify' {
  interface FastifyInstance {
    recordRequest: (request: FastifyRequest, reply: FastifyReply) => void;
    /** Counts a request that could not be parsed, by its Node.js error code. */
    recordClientError?: (code: string) => void;
  }
  interface FastifyRequest {
    /** Notes for the access-log line. */
    notes: AccessLogNotes | null | undefined;
    trace: RequestTrace | null | undefined;
  }
}

interface AccessLogNotes extends LogNotes {
  /** Outcome of the response cache. */
  readonly cache: string;
}

export interface CompletedRequest {
  readonly requestId: string;
  readonly method: string | undefined;
  /** As sent by the client. */
  readonly url: string | undefined;
  /** Route pattern, `/products/:id`; undefined if no route matched. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
  readonly notes: AccessLogNotes | null;
  readonly trace: RequestTrace | null;
}

@Injectable()
export class AccessLog {
  private readonly log: FastifyInstance['log'];
  private readonly metrics: RequestMetrics;

  constructor({ httpAdapter }: HttpAdapterHost, registry: Registry) {
    const server = httpAdapter.getInstance<FastifyInstance>();
    this.log = server.log;
    this.metrics = new RequestMetrics(registry);
    server.decorateRequest('notes', null).decorateRequest('trace', null);
    server.decorate('recordRequest', (request, reply) => this.recordFromFastify(request, reply));
    server.decorate('recordClientError', (code) => this.metrics.countClientError(code));
    server.addHook('onRequest', (request, _reply, done) => {
      const trace = RequestTraces.begin(request.raw);
      request.trace = trace ?? null;
      if (trace === undefined) done();
      else trace.run(done);
    });
    server.addHook('onResponse', (request, reply, done) => {
      this.recordFromFastify(request, reply);
      done();
    });
  }

  /** Logs health probes at debug level, because they arrive every few seconds. Omits undefined fields. */
  record(completed: CompletedRequest): void {
    const { requestId, method, url, route, status, durationMs, notes, trace } = completed;
    this.metrics.observe(completed);
    trace?.end(completed);
    const line = {
      requestId,
      method,
      url: withoutSecrets(url),
      route,
      status,
      durationMs: toTenths(durationMs),
      cache: notes?.cache,
      plan: notes?.plan,
      traceId: trace?.traceId,
    };
    if (route?.startsWith('/health') === true) this.log.debug(line, 'request completed');
    else this.log.info(line, 'request completed');
  }

  private recordFromFastify(request: FastifyRequest, reply: FastifyReply): void {
    this.record({
      requestId: request.id,
      method: request.method,
      url: request.url,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestBytes: request.raw.complete ? toBytes(request.headers['content-length']) : undefined,
      responseBytes: request.method === 'HEAD' ? undefined : toBytes(reply.getHeader('content-length')),
      notes: request.notes ?? null, // undefined if the framework refuses a request early
      trace: request.trace ?? null,
    });
  }
}

function toBytes(contentLength: unknown): number | undefined {
  const bytes = Number(contentLength);
  return contentLength === undefined || !Number.isFinite(bytes) ? undefined : bytes;
}

/** Rounds to 0.1 ms; further digits are noise. */
function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
