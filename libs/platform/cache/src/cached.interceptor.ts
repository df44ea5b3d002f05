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
import { AppConfig } from '@platform/config';
import { ALL_CODINGS, chooseCoding, makeReady, prepareReply, type ReadyAnswer } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AddressBook } from './address-book.service';
import { AnswerCache } from './answer-cache.service';
import { AnswerHeaders } from './answer-headers.service';
import { toCacheStatus } from './cache-status';
import type { CachedRoute } from './cached-route';

const CACHED = Symbol('how a route is cached');

@Injectable()
class CachedInterceptor implements NestInterceptor<unknown, Buffer | undefined> {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly cache: AnswerCache,
    private readonly addresses: AddressBook,
    private readonly headers: AnswerHeaders,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<Buffer | undefined> {
    const http = context.switchToHttp();
    const route = this.reflector.get<CachedRoute>(CACHED, context.getHandler());
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    return from(
      this.config.cache.isEnabled ? this.answer(route, next, request, reply) : this.bypass(route, next, request, reply),
    );
  }

  private async answer(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest, reply: FastifyReply) {
    const address = route.addressOf(request);
    const found = await this.cache.get(address, () => make(route, next, address, ALL_CODINGS));
    this.addresses.learn(request.url, address);
    return this.headers.prepare(request, reply, found);
  }

  private async bypass(route: CachedRoute, next: CallHandler<unknown>, request: FastifyRequest, reply: FastifyReply) {
    const coding = chooseCoding(request.headers['accept-encoding']);
    const answer = await make(route, next, route.addressOf(request), [coding]);
    reply.headers({ 'cache-control': this.headers.cacheControl, 'cache-status': toCacheStatus({ kind: 'bypass' }) });
    return prepareReply(request, reply, answer);
  }
}

/** Serves a GET route out of the cache. */
export function Cached<Body>(route: CachedRoute<Body>): MethodDecorator {
  return applyDecorators(SetMetadata(CACHED, route), UseInterceptors(CachedInterceptor));
}

async function make(
  { headersOf }: CachedRoute,
  next: CallHandler<unknown>,
  address: string,
  codings: typeof ALL_CODINGS,
): Promise<ReadyAnswer> {
  const body = await lastValueFrom(next.handle());
  return makeReady(JSON.stringify(body), headersOf?.(address, body) ?? {}, codings);
}
