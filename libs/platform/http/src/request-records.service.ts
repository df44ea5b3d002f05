/** What is kept of each request, whoever answered it: a line in the log, and its share of the metrics and traces. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestTraces, type RequestTrace } from '@platform/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { RequestMetrics } from './request-metrics';
import type { RequestNotes } from './request-notes.provider';
import { withoutSecrets } from './secret-parameters';

declare module 'fastify' {
  interface FastifyInstance {
    recordRequest: (request: FastifyRequest, reply: FastifyReply) => void;
  }
  interface FastifyRequest {
    /** What was found out about it on the way. */
    notes: RequestNotes | null | undefined;
    trace: RequestTrace | null | undefined;
  }
}

export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string | undefined;
  /** As the client wrote it. */
  readonly url: string | undefined;
  /** Its pattern, `/products/:id`; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
  readonly notes: RequestNotes | null;
  readonly trace: RequestTrace | null;
}

@Injectable()
export class RequestRecords {
  private readonly log: FastifyInstance['log'];
  private readonly metrics: RequestMetrics;

  constructor({ httpAdapter }: HttpAdapterHost, registry: Registry) {
    const server = httpAdapter.getInstance<FastifyInstance>();
    this.log = server.log;
    this.metrics = new RequestMetrics(registry);
    server.decorateRequest('notes', null).decorateRequest('trace', null);
    server.decorate('recordRequest', (request, reply) => this.record(request, reply));
    server.addHook('onRequest', (request, _reply, done) => {
      const trace = RequestTraces.begin(request.raw);
      request.trace = trace ?? null;
      if (trace === undefined) done();
      else trace.run(done);
    });
    server.addHook('onResponse', (request, reply, done) => {
      this.record(request, reply);
      done();
    });
  }

  /** Probes come every few seconds; what they get is in the metrics. */
  keep(answered: AnsweredRequest): void {
    const { requestId, method, url, route, status, durationMs, notes, trace } = answered;
    this.metrics.observe(answered);
    trace?.end(answered);
    const level = route?.startsWith('/health') === true ? 'debug' : 'info';
    const line = {
      requestId,
      method,
      url: withoutSecrets(url),
      route,
      status,
      durationMs: toTenths(durationMs),
      ...notes,
    };
    this.log[level](trace === null ? line : { ...line, traceId: trace.traceId }, 'request completed');
  }

  private record(request: FastifyRequest, reply: FastifyReply): void {
    this.keep({
      requestId: request.id,
      method: request.method,
      url: request.url,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestBytes: toBytes(request.headers['content-length']),
      responseBytes: toBytes(reply.getHeader('content-length')),
      notes: request.notes ?? null, // the framework refuses some requests before they have any
      trace: request.trace ?? null,
    });
  }
}

function toBytes(contentLength: unknown): number | undefined {
  const bytes = Number(contentLength);
  return contentLength === undefined || !Number.isFinite(bytes) ? undefined : bytes;
}

/** A tenth of a millisecond is as much as means something. */
function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
