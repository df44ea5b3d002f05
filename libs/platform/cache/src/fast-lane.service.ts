/**
 * Sends what is fresh in this process before the framework is asked, which would cost more than the rest of such an
 * answer (docs/performance.md). It keeps what the framework would have done: the address is one it has let through
 * before, the request is counted against the limit of its client, has an id and is logged. All else goes its way: also
 * whom the limiter refuses, or has to ask Redis about.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { logCompleted, requestIdFrom, toTenths } from '@platform/http';
import { RateLimiter, type Admission } from '@platform/rate-limit';
import type { FastifyInstance } from 'fastify';
import { AddressBook } from './address-book.service';
import { AnswerCache, type FoundAnswer } from './answer-cache.service';
import { CacheResponses } from './cache-responses.service';

interface Hit {
  readonly found: FoundAnswer;
  readonly route: string | undefined;
}

@Injectable()
export class FastLane implements OnModuleInit, OnModuleDestroy {
  private readonly server: Server;
  private readonly log: FastifyInstance['log'];
  private readonly framework: RequestListener;

  constructor(
    { httpAdapter }: HttpAdapterHost,
    private readonly cache: AnswerCache,
    private readonly addresses: AddressBook,
    private readonly responses: CacheResponses,
    private readonly limiter: RateLimiter,
  ) {
    const { server, log } = httpAdapter.getInstance<FastifyInstance>();
    this.server = server;
    this.log = log;
    this.framework = this.server.listeners('request')[0] as RequestListener;
  }

  onModuleInit(): void {
    this.server.removeListener('request', this.framework).on('request', this.serve);
  }

  /** The framework says of itself in each answer that it is about to end. */
  onModuleDestroy(): void {
    this.server.removeListener('request', this.serve).on('request', this.framework);
  }

  private readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    const hit = this.find(request);
    const admission = hit && this.limiter.admitAtOnce('default', request);
    if (hit && admission?.isAdmitted) this.answer(request, response, hit, admission);
    else this.framework(request, response);
  };

  private find({ method, url = '' }: IncomingMessage): Hit | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const address = this.addresses.find(url);
    const found = address && this.cache.peek(address.canonical);
    return found && { found, route: address.route };
  }

  private answer(
    request: IncomingMessage,
    response: ServerResponse,
    { found, route }: Hit,
    admission: Admission,
  ): void {
    const startedMs = performance.now();
    const requestId = requestIdFrom(request.headers['x-request-id'], randomUUID);
    const { status, headers, bytes } = this.responses.ofCache(found, request.headers);
    response.writeHead(status, ['x-request-id', requestId, ...admission.headers, ...headers]).end(bytes);
    const { method, url } = request;
    const durationMs = toTenths(performance.now() - startedMs);
    logCompleted(this.log, { requestId, method, url, route, status, durationMs });
  }
}
