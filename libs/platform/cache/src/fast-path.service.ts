/**
 * Sends what is fresh in this process before the framework is asked, which would cost more than the rest of such an
 * answer (docs/performance.md). It keeps what the framework would have done: the address is one it has let through
 * before, the client accepts JSON, the request is counted against the limit of its client, has an id, is logged and
 * measured. All else goes its way: also whom the limiter refuses, or has to ask Redis about, and scripts of other origins.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppConfig } from '@platform/config';
import { acceptsJson, answerHeaders, refusalOf, requestIdFrom, AccessLog, type RawHeaders } from '@platform/http';
import { RateLimiter, type Admission } from '@platform/rate-limit';
import { RequestTraces } from '@platform/tracing';
import { L1Responses, type L1Response } from './l1-responses.service';

@Injectable()
export class FastPath implements OnModuleInit, OnModuleDestroy {
  private readonly server: Server;
  private readonly framework: RequestListener;
  /** Of every answer. */
  private readonly headers: RawHeaders;
  private readonly isSharedWithOrigins: boolean;

  constructor(
    { http }: AppConfig,
    { httpAdapter }: HttpAdapterHost,
    private readonly responses: L1Responses,
    private readonly limiter: RateLimiter,
    private readonly records: AccessLog,
  ) {
    this.server = httpAdapter.getHttpServer() as Server;
    this.framework = this.server.listeners('request')[0] as RequestListener;
    this.isSharedWithOrigins = http.corsOrigins.length > 0;
    this.headers = [...answerHeaders, ...(this.isSharedWithOrigins ? ['vary', 'Origin'] : [])];
  }

  onModuleInit(): void {
    this.server.removeListener('request', this.framework).on('request', this.serve);
  }

  onModuleDestroy(): void {
    this.server.removeListener('request', this.serve).on('request', this.framework);
  }

  private readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    const startedMs = performance.now();
    const inL1 = this.find(request);
    const admission = inL1 && this.limiter.admitSync('default', request);
    if (inL1 && admission && !admission.exceeded) this.respond(request, response, inL1, admission, startedMs);
    else this.framework(request, response);
  };

  private find(request: IncomingMessage): L1Response | undefined {
    const { method, url = '', headers } = request;
    if ((method !== 'GET' && method !== 'HEAD') || refusalOf(request) !== undefined) return undefined;
    if (this.isSharedWithOrigins && headers.origin !== undefined) return undefined;
    return acceptsJson(headers.accept) ? this.responses.find(url) : undefined;
  }

  private respond(
    request: IncomingMessage,
    response: ServerResponse,
    inL1: L1Response,
    admission: Admission,
    startedMs: number,
  ): void {
    const requestId = requestIdFrom(request.headers['x-request-id'], randomUUID);
    const trace = RequestTraces.begin(request) ?? null;
    const { status, headers, bytes } = this.responses.respond(inL1, request);
    response
      .writeHead(status, ['x-request-id', requestId, ...this.headers, ...admission.headers, ...headers])
      .end(bytes);
    const { method, url } = request;
    this.records.record({
      requestId,
      method,
      url,
      route: inL1.route,
      status,
      trace,
      durationMs: performance.now() - startedMs,
      requestBytes: undefined,
      responseBytes: method === 'HEAD' ? undefined : bytes?.length,
      notes: { cache: inL1.result.outcome.kind },
    });
  }
}
