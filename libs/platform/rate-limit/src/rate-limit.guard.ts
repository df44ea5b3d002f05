import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import { setHeaders } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimit } from './rate-limit-headers';
import { LIMITED_BY } from './rate-limit.decorator';
import { RateLimiter } from './rate-limiter.service';
import { RedisThrottlerStorage } from './redis-throttler.storage';

/**
 * Counts each request against the limit of its route; all routes of a limit share a count. The throttler selects the
 * limit, and RateLimiter counts. RateLimiter also serves requests that never reach a guard.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  /** The injection tokens are explicit, because Nest would otherwise use those of the base class. */
  constructor(
    @Inject(RedisThrottlerStorage) storage: RedisThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
  ) {
    super(toThrottlers(limiter, reflector), storage, reflector);
  }

  protected override async handleRequest({ context, throttler }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const name = throttler.name as RateLimit['name'];
    const admission = await this.limiter.admit(name, http.getRequest<FastifyRequest>().raw);
    setHeaders(http.getResponse<FastifyReply>(), admission.headers);
    if (admission.exceeded !== undefined) throw this.limiter.refuse(admission.exceeded);
    return true;
  }
}

function toThrottlers({ limits }: RateLimiter, reflector: Reflector) {
  const limitOf = (context: ExecutionContext): string =>
    reflector.getAllAndOverride<string | undefined>(LIMITED_BY, [context.getHandler(), context.getClass()]) ??
    'default';
  return Object.values(limits).map(({ name, max, windowSeconds }) => ({
    name,
    limit: max,
    ttl: windowSeconds * 1_000,
    skipIf: (context: ExecutionContext) => limitOf(context) !== name,
  }));
}
