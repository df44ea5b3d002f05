import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { prepareReply } from '@platform/http';
import { Clock } from '@platform/resilience';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FoundAnswer } from './answer-cache.service';
import { CacheMetrics } from './cache-metrics.service';
import { toCacheStatus } from './cache-status';
import { cachePolicy } from './cache.policy';
import { ageSecondsOf } from './cached-answer';

/** Says with each answer how old it is, where it comes from and how long others may keep it. */
@Injectable()
export class AnswerHeaders {
  /** RFC 9111 §5.2.2 and RFC 5861. */
  readonly cacheControl: string;

  constructor(
    { cache }: AppConfig,
    private readonly clock: Clock,
    private readonly metrics: CacheMetrics,
  ) {
    const { staleWhileRevalidateSeconds, staleIfErrorSeconds } = cachePolicy;
    this.cacheControl = `public, max-age=${cache.ttlSeconds}, stale-while-revalidate=${staleWhileRevalidateSeconds}, stale-if-error=${staleIfErrorSeconds}`;
  }

  /** Gives what is to be sent: the bytes, or nothing with a 304. */
  prepare(request: FastifyRequest, reply: FastifyReply, { cached, outcome }: FoundAnswer): Buffer | undefined {
    this.metrics.count(outcome.kind);
    reply
      .header('cache-control', this.cacheControl)
      .header('cache-status', toCacheStatus(outcome))
      .header('age', ageSecondsOf(cached, this.clock.nowMs()));
    return prepareReply(request, reply, cached.answer);
  }
}
