import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import {
  PathPrefix,
  negotiate,
  withPrefix,
  type RawHeaders,
  type EncodedResponse,
  type NegotiatedResponse,
} from '@platform/http';
import { Clock } from '@platform/resilience';
import type { CacheResult } from './response-cache.service';
import { CacheMetrics } from './cache-metrics.service';
import { toCacheStatus } from './cache-status';
import { cachePolicy } from './cache.policy';
import { ageSecondsOf } from './cached-response';

/** Something has changed since; what it is cannot be known now. */
const NOT_CACHEABLE = 'public, max-age=0';

/** Says with each answer how old it is, where it comes from and how long others may keep it. */
@Injectable()
export class CacheHeaders {
  /** RFC 9111 §5.2.2 and RFC 5861. */
  private readonly cacheControl: string;

  constructor(
    { cache }: AppConfig,
    private readonly clock: Clock,
    private readonly metrics: CacheMetrics,
    private readonly prefix: PathPrefix,
  ) {
    const { staleWhileRevalidateSeconds, staleIfErrorSeconds } = cachePolicy;
    this.cacheControl = `public, max-age=${cache.ttlSeconds}, stale-while-revalidate=${staleWhileRevalidateSeconds}, stale-if-error=${staleIfErrorSeconds}`;
  }

  /** Of an answer that the cache gave. */
  fromCache({ cached, outcome, tier }: CacheResult, request: IncomingMessage): NegotiatedResponse {
    this.metrics.count(tier, outcome.kind);
    const age = ageSecondsOf(cached, this.clock.nowMs());
    const cacheControl = outcome.kind === 'outage' ? NOT_CACHEABLE : this.cacheControl;
    const about = ['cache-control', cacheControl, 'cache-status', toCacheStatus(outcome), 'age', String(age)];
    return this.withHeaders(negotiate(cached.response, request.headers), about, request);
  }

  /** Of one that was made for this client alone. */
  fromOrigin(answer: EncodedResponse, request: IncomingMessage): NegotiatedResponse {
    this.metrics.count('origin', 'bypass');
    const about = ['cache-control', this.cacheControl, 'cache-status', toCacheStatus({ kind: 'bypass' })];
    return this.withHeaders(negotiate(answer, request.headers), about, request);
  }

  /** What is cached has paths as this service knows them. */
  private withHeaders({ status, headers, bytes }: NegotiatedResponse, more: RawHeaders, request: IncomingMessage) {
    return { status, headers: [...withPrefix(headers, this.prefix.of(request)), ...more], bytes };
  }
}
