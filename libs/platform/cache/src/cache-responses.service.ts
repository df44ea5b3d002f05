import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { respond, type RawHeaders, type ReadyAnswer, type ReadyResponse } from '@platform/http';
import { Clock } from '@platform/resilience';
import type { FoundAnswer } from './answer-cache.service';
import { CacheMetrics } from './cache-metrics.service';
import { toCacheStatus } from './cache-status';
import { cachePolicy } from './cache.policy';
import { ageSecondsOf } from './cached-answer';

/** Something has changed since; what it is cannot be known now. */
const NOT_TO_BE_KEPT = 'public, max-age=0';

/** Says with each answer how old it is, where it comes from and how long others may keep it. */
@Injectable()
export class CacheResponses {
  /** RFC 9111 §5.2.2 and RFC 5861. */
  private readonly cacheControl: string;

  constructor(
    { cache }: AppConfig,
    private readonly clock: Clock,
    private readonly metrics: CacheMetrics,
  ) {
    const { staleWhileRevalidateSeconds, staleIfErrorSeconds } = cachePolicy;
    this.cacheControl = `public, max-age=${cache.ttlSeconds}, stale-while-revalidate=${staleWhileRevalidateSeconds}, stale-if-error=${staleIfErrorSeconds}`;
  }

  /** Of an answer that the cache gave. */
  ofCache({ cached, outcome, tier }: FoundAnswer, requested: IncomingHttpHeaders): ReadyResponse {
    this.metrics.count(tier, outcome.kind);
    const age = ageSecondsOf(cached, this.clock.nowMs());
    const cacheControl = outcome.kind === 'outage' ? NOT_TO_BE_KEPT : this.cacheControl;
    const about = ['cache-control', cacheControl, 'cache-status', toCacheStatus(outcome), 'age', String(age)];
    return withHeaders(respond(cached.answer, requested), about);
  }

  /** Of one that was made for this client alone. */
  ofOrigin(answer: ReadyAnswer, requested: IncomingHttpHeaders): ReadyResponse {
    this.metrics.count('origin', 'bypass');
    const about = ['cache-control', this.cacheControl, 'cache-status', toCacheStatus({ kind: 'bypass' })];
    return withHeaders(respond(answer, requested), about);
  }
}

function withHeaders({ status, headers, bytes }: ReadyResponse, more: RawHeaders): ReadyResponse {
  return { status, headers: [...headers, ...more], bytes };
}
