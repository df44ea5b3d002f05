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
import { CacheMetrics } from '../cache-metrics.service';
import { cachePolicy } from '../cache.policy';
import type { CacheResult } from '../response-cache.service';
import { ageSecondsOf } from '../store/cached-response';
import { toCacheStatus } from './cache-status';

/** For an outdated response that cannot be reloaded now. */
const NOT_CACHEABLE = 'public, max-age=0';

/** Adds the age, the source and the cacheability to responses. */
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

  /** Negotiates a response of the cache. */
  fromCache({ cached, outcome, tier }: CacheResult, request: IncomingMessage): NegotiatedResponse {
    this.metrics.count(tier, outcome.kind);
    const age = ageSecondsOf(cached, this.clock.nowMs());
    const cacheControl = outcome.kind === 'outage' ? NOT_CACHEABLE : this.cacheControl;
    const cacheHeaders = ['cache-control', cacheControl, 'cache-status', toCacheStatus(outcome), 'age', String(age)];
    return this.withHeaders(negotiate(cached.response, request.headers), cacheHeaders, request);
  }

  /** Negotiates a response that was loaded for this client only. */
  fromOrigin(response: EncodedResponse, request: IncomingMessage): NegotiatedResponse {
    this.metrics.count('origin', 'bypass');
    const cacheHeaders = ['cache-control', this.cacheControl, 'cache-status', toCacheStatus({ kind: 'bypass' })];
    return this.withHeaders(negotiate(response, request.headers), cacheHeaders, request);
  }

  /** Cached headers contain paths without the prefix of the request. */
  private withHeaders(
    { status, headers, bytes }: NegotiatedResponse,
    cacheHeaders: RawHeaders,
    request: IncomingMessage,
  ) {
    return { status, headers: [...withPrefix(headers, this.prefix.of(request)), ...cacheHeaders], bytes };
  }
}
