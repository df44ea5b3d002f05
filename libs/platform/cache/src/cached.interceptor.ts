/**
 * Answers a catalogue's GET routes out of the cache, and puts into it what the handler gave, ready to be sent. With the
 * cache turned off every answer is made for its one client.
 */
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiResponse } from '@nestjs/swagger';
import { AppConfig } from '@platform/config';
import { ALL_CODINGS, chooseCoding, makeReady, notesOf, setHeaders, type ReadyResponse } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AddressBook } from './address-book.service';
import { AnswerCache } from './answer-cache.service';
import { CacheResponses } from './cache-responses.service';
import type { CachedRoute } from './cached-route';

const CACHED = Symbol('how a route is cached');

@Injectable()
class CachedInterceptor implements NestInterceptor<unknown, Buffer | undefined> {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly cache: AnswerCache,
    private readonly addresses: AddressBook,
    private readonly responses: CacheResponses,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<Buffer | undefined> {
    const http = context.switchToHttp();
    const route = this.reflector.get<CachedRoute>(CACHED, context.getHandler());
    const request = http.getRequest<FastifyRequest>();
    const response = this.config.cache.isEnabled
      ? this.answer(route, next, request)
      : this.bypass(route, next, request);
    return from(response.then((ready) => put(ready, http.getResponse<FastifyReply>())));
  }

  private async answer(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const canonical = route.addressOf(request);
    let body: unknown;
    const found = await this.cache.get(canonical, async () => {
      body = await lastValueFrom(next.handle());
      return toReady(route, canonical, body, ALL_CODINGS);
    });
    request.notes = { ...notesOf(body), cache: found.outcome.kind };
    this.addresses.learn(request.url, { canonical, route: request.routeOptions.url });
    return this.responses.ofCache(found, request.raw);
  }

  private async bypass(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const coding = chooseCoding(request.headers['accept-encoding']);
    const canonical = route.addressOf(request);
    const body = await lastValueFrom(next.handle());
    request.notes = { ...notesOf(body), cache: 'bypass' };
    return this.responses.ofOrigin(await toReady(route, canonical, body, [coding]), request.raw);
  }
}

/** Serves a GET route out of the cache. */
export function Cached<Body>(route: CachedRoute<Body>): MethodDecorator {
  return applyDecorators(
    SetMetadata(CACHED, route),
    UseInterceptors(CachedInterceptor),
    ApiResponse({ status: 304, description: 'The client has it: `If-None-Match` names its `ETag`' }),
  );
}

function toReady({ headersOf }: CachedRoute, address: string, body: unknown, codings: typeof ALL_CODINGS) {
  return makeReady(JSON.stringify(body), headersOf?.(address, body) ?? [], codings);
}

function put({ status, headers, bytes }: ReadyResponse, reply: FastifyReply): Buffer | undefined {
  setHeaders(reply.status(status), headers);
  return bytes;
}
