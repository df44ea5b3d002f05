/** What is kept of each request, whoever answered it: a line in the log, and its share of the metrics and traces. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestTraces, type RequestTrace } from '@platform/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { RequestMetrics } from './request-metrics';
import type { LogNotes } from './log-notes';
import { withoutSecrets } from './secret-parameters';

declare module 'fastify' {
  interface FastifyInstance {
    recordRequest: (request: FastifyRequest, reply: FastifyReply) => void;
    /** By the code of Node.js; such a request never became one. */
    recordClientError?: (code: string) => void;
  }
  interface FastifyRequest {
    /** What was found out about it on the way. */
    notes: AccessLogNotes | null | undefined;
    trace: RequestTrace | null | undefined;
  }
}

interface AccessLogNotes extends LogNotes {
  /** How the cache answered. */
  readonly cache: string;
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

  /** Probes come every few seconds; what they get is in the metrics. What is undefined is not in the line. */
  record(answered: AnsweredRequest): void {
    const { requestId, method, url, route, status, durationMs, notes, trace } = answered;
    this.metrics.observe(answered);
    trace?.end(answered);
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
