/**
 * Sends what is fresh in this process before the framework is asked: routing, guards, pipes and interceptors cost more
 * than the rest of such an answer. It keeps what they would have done: the address is one they have let through
 * before, and the request is counted against the limit of its client. Everything else goes their way.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RateLimiter } from '@platform/rate-limit';
import type { FastifyInstance } from 'fastify';
import { AddressBook } from './address-book.service';
import { AnswerCache, type FoundAnswer } from './answer-cache.service';
import { AnswerHeaders } from './answer-headers.service';

@Injectable()
export class FastLane implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly cache: AnswerCache,
    private readonly addresses: AddressBook,
    private readonly headers: AnswerHeaders,
    private readonly limiter: RateLimiter,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onRequest', (request, reply, done) => {
      const found = request.method === 'GET' || request.method === 'HEAD' ? this.find(request.url) : undefined;
      if (found === undefined) {
        done();
        return;
      }
      this.limiter
        .admit('default', request, reply)
        .then(() => reply.send(this.headers.prepare(request, reply, found)))
        .catch(done);
    });
  }

  private find(url: string): FoundAnswer | undefined {
    const address = this.addresses.find(url);
    return address === undefined ? undefined : this.cache.peek(address);
  }
}
