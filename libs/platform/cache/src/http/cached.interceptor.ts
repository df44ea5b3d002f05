/**
 * Serves GET routes from the response cache and stores the encoded result of the handler. If the cache is disabled,
 * each response is encoded for its client only.
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
import { ResponseCache } from '../response-cache.service';
import { CacheHeaders } from './cache-headers.service';
import type { CachedRoute } from './cached-route';
import { CanonicalUrlCache } from './canonical-url-cache.service';
import { basisOf } from './response-basis';

const CACHED = Symbol('cached route');

@Injectable()
class CachedInterceptor implements NestInterceptor<unknown, Buffer | undefined> {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly cache: ResponseCache,
    private readonly canonicalUrls: CanonicalUrlCache,
    private readonly cacheHeaders: CacheHeaders,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<Buffer | undefined> {
    const http = context.switchToHttp();
    const route = this.reflector.get<CachedRoute>(CACHED, context.getHandler());
    const request = http.getRequest<FastifyRequest>();
    const response = this.config.cache.isEnabled
      ? this.respond(route, next, request)
      : this.bypass(route, next, request);
    return from(response.then((negotiated) => prepareReply(negotiated, http.getResponse<FastifyReply>())));
  }

  private async respond(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const canonical = route.canonicalUrlOf(request);
    let body: unknown;
    const result = await this.cache.get(canonical, async () => {
      body = await lastValueFrom(next.handle());
      return { response: await encode(route, canonical, body, ALL_CODINGS), basis: basisOf(body) };
    });
    request.notes = { ...logNotesOf(body), cache: result.outcome.kind };
    this.canonicalUrls.remember(request.url, { canonical, route: request.routeOptions.url });
    return this.cacheHeaders.fromCache(result, request.raw);
  }

  private async bypass(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest) {
    const coding = chooseCoding(request.headers['accept-encoding']);
    const canonical = route.canonicalUrlOf(request);
    const body = await lastValueFrom(next.handle());
    request.notes = { ...logNotesOf(body), cache: 'bypass' };
    return this.cacheHeaders.fromOrigin(await encode(route, canonical, body, [coding]), request.raw);
  }
}

/** Serves a GET route from the response cache. */
export function Cached<Body>(route: CachedRoute<Body>): MethodDecorator {
  return applyDecorators(
    SetMetadata(CACHED, route),
    UseInterceptors(CachedInterceptor),
    ApiResponse({ status: 304, description: 'Not modified: `If-None-Match` contains the current `ETag`' }),
  );
}

function encode({ headersOf }: CachedRoute, url: string, body: unknown, codings: typeof ALL_CODINGS) {
  return encodeResponse(JSON.stringify(body), headersOf?.(url, body) ?? [], codings);
}

function prepareReply({ status, headers, bytes }: NegotiatedResponse, reply: FastifyReply): Buffer | undefined {
  setHeaders(reply.status(status), headers);
  return bytes;
}
