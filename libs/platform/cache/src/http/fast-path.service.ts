/**
 * Sends responses that are fresh in L1 without the framework, which would cost more than the rest of such a response
 * (docs/performance.md). Applies the same rules: the framework has accepted this URL before, the client accepts JSON,
 * and the request is rate limited, logged, measured and has an id. The framework handles all other requests, including
 * cross-origin requests and those that the limiter refuses or cannot decide without Redis.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppConfig } from '@platform/config';
import {
  acceptsJson,
  apiSecurityHeaders,
  headerErrorOf,
  requestIdFrom,
  AccessLog,
  type RawHeaders,
} from '@platform/http';
import { RateLimiter, type Admission } from '@platform/rate-limit';
import { RequestTraces } from '@platform/tracing';
import { L1Responses, type L1Response } from './l1-responses.service';

@Injectable()
export class FastPath implements OnModuleInit, OnModuleDestroy {
  private readonly server: Server;
  private readonly framework: RequestListener;
  private readonly commonHeaders: RawHeaders;
  private readonly isCorsEnabled: boolean;

  constructor(
    { http }: AppConfig,
    { httpAdapter }: HttpAdapterHost,
    private readonly responses: L1Responses,
    private readonly limiter: RateLimiter,
    private readonly accessLog: AccessLog,
  ) {
    this.server = httpAdapter.getHttpServer() as Server;
    this.framework = this.server.listeners('request')[0] as RequestListener;
    this.isCorsEnabled = http.corsOrigins.length > 0;
    this.commonHeaders = [...apiSecurityHeaders, ...(this.isCorsEnabled ? ['vary', 'Origin'] : [])];
  }

  onModuleInit(): void {
    this.server.removeListener('request', this.framework).on('request', this.serve);
  }

  onModuleDestroy(): void {
    this.server.removeListener('request', this.serve).on('request', this.framework);
  }

  private readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    const startedMs = performance.now();
    const hit = this.find(request);
    const admission = hit && this.limiter.admitSync('default', request);
    if (hit && admission && !admission.exceeded) this.respond(request, response, hit, admission, startedMs);
    else this.framework(request, response);
  };

  private find(request: IncomingMessage): L1Response | undefined {
    const { method, url = '', headers } = request;
    if ((method !== 'GET' && method !== 'HEAD') || headerErrorOf(request) !== undefined) return undefined;
    if (this.isCorsEnabled && headers.origin !== undefined) return undefined;
    return acceptsJson(headers.accept) ? this.responses.find(url) : undefined;
  }

  private respond(
    request: IncomingMessage,
    response: ServerResponse,
    hit: L1Response,
    admission: Admission,
    startedMs: number,
  ): void {
    const requestId = requestIdFrom(request.headers['x-request-id'], randomUUID);
    const trace = RequestTraces.begin(request) ?? null;
    const { status, headers, bytes } = this.responses.respond(hit, request);
    response
      .writeHead(status, ['x-request-id', requestId, ...this.commonHeaders, ...admission.headers, ...headers])
      .end(bytes);
    const { method, url } = request;
    this.accessLog.record({
      requestId,
      method,
      url,
      route: hit.route,
      status,
      trace,
      durationMs: performance.now() - startedMs,
      requestBytes: undefined,
      responseBytes: method === 'HEAD' ? undefined : bytes?.length,
      notes: { cache: hit.result.outcome.kind },
    });
  }
}
