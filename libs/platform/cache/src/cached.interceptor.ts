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
import {
  ALL_CODINGS,
  chooseCoding,
  encodeResponse,
  logNotesOf,
  setHeaders,
  type NegotiatedResponse,
} from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { CanonicalUrlCache } from './canonical-url-cache.service';
import { ResponseCache } from './response-cache.service';
import { CacheHeaders } from './cache-headers.service';
import type { CachedRoute } from './cached-route';

const CACHED = Symbol('how a route is cached');

@Injectable()
class CachedInterceptor implements NestInterceptor<unknown, Buffer | undefined> {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly cache: ResponseCache,
    private readonly canonicalUrls: CanonicalUrlCache,
    private readonly responses: CacheHeaders,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<Buffer | undefined> {
    const http = context.switchToHttp();
    const route = this.reflector.get<CachedRoute>(CACHED, context.getHandler());
    const request = http.getRequest<FastifyRequest>();
    const response = this.config.cache.isEnabled
      ? this.respond(route, next, request)
      : this.bypass(route, next, request);
    return from(response.then((ready) => put(ready, http.getResponse<FastifyReply>())));
  }

  private async respond(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const canonical = route.canonicalUrlOf(request);
    let body: unknown;
    const found = await this.cache.get(canonical, async () => {
      body = await lastValueFrom(next.handle());
      return encode(route, canonical, body, ALL_CODINGS);
    });
    request.notes = { ...logNotesOf(body), cache: found.outcome.kind };
    this.canonicalUrls.remember(request.url, { canonical, route: request.routeOptions.url });
    return this.responses.fromCache(found, request.raw);
  }

  private async bypass(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const coding = chooseCoding(request.headers['accept-encoding']);
    const canonical = route.canonicalUrlOf(request);
    const body = await lastValueFrom(next.handle());
    request.notes = { ...logNotesOf(body), cache: 'bypass' };
    return this.responses.fromOrigin(await encode(route, canonical, body, [coding]), request.raw);
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

function encode({ headersOf }: CachedRoute, url: string, body: unknown, codings: typeof ALL_CODINGS) {
  return encodeResponse(JSON.stringify(body), headersOf?.(url, body) ?? [], codings);
}

function put({ status, headers, bytes }: NegotiatedResponse, reply: FastifyReply): Buffer | undefined {
  setHeaders(reply.status(status), headers);
  return bytes;
}
