/** Admits or refuses requests, and returns the rate limit headers of their responses. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { ApplicationError } from '@platform/errors';
import type { RawHeaders } from '@platform/http';
import { Counter, Registry } from 'prom-client';
import { ClientAddresses } from './client/client-addresses.provider';
import { toLimitHeader, toRateLimit, type RateLimit } from './rate-limit-headers';
import { RateLimitErrors } from './rate-limit.errors';
import { rateLimitPolicy } from './rate-limit.policy';
import { RedisThrottlerStorage, type Verdict } from './redis-throttler.storage';

export interface Admission {
  /** The limit that the client exceeded; undefined if the request is admitted. */
  readonly exceeded: RateLimit | undefined;
  /** Headers of the response. */
  readonly headers: RawHeaders;
}

const UNLIMITED: Admission = { exceeded: undefined, headers: [] };

/** The requests of one network that count against one limit. */
interface Bucket {
  readonly key: string;
  readonly limit: RateLimit;
}

interface Buckets {
  readonly own: Bucket;
  /** Bucket of the IPv6 /48; undefined for IPv4. */
  readonly outer: Bucket | undefined;
}

interface Count {
  readonly bucket: Bucket;
  readonly verdict: Verdict;
}

type Limits = Readonly<Record<RateLimit['name'], RateLimit>>;

@Injectable()
export class RateLimiter {
  readonly limits: Limits;
  private readonly outerLimits: Limits;
  private readonly refusals: Counter<'limit'>;

  constructor(
    { rateLimit: { max, webhookMax, windowSeconds } }: AppConfig,
    private readonly clients: ClientAddresses,
    private readonly storage: RedisThrottlerStorage,
    registry: Registry,
  ) {
    const limitsOf = (factor: number): Limits => ({
      default: toRateLimit('default', max * factor, windowSeconds),
      webhook: toRateLimit('webhook', webhookMax * factor, windowSeconds),
    });
    this.limits = limitsOf(1);
    this.outerLimits = limitsOf(rateLimitPolicy.outerNetworkFactor);
    this.refusals = new Counter({
      name: 'farmlokal_rate_limit_refusals_total',
      help: 'Requests that were refused because their client exceeded a limit, by limit',
      labelNames: ['limit'],
      registers: [registry],
    });
  }

  /**
   * Counts the request for the network of its client, and for the /48 of an IPv6 network. A refused request is not
   * counted for the /48, so that one network cannot exhaust the limit of the others. A limit of 0 admits all requests.
   */
  async admit(name: RateLimit['name'], request: IncomingMessage): Promise<Admission> {
    if (this.limits[name].max === 0) return UNLIMITED;
    const { own, outer } = this.bucketsOf(name, request);
    const isOuterExceeded = outer !== undefined && this.stateOf(outer) === 'over-limit';
    const first = await this.increment(isOuterExceeded ? outer : own);
    if (outer === undefined || first.verdict.isBlocked) return toAdmission(first);
    return toAdmission(stricterOf(first, await this.increment(outer)));
  }

  /** Returns undefined and counts nothing if the decision requires Redis. */
  admitSync(name: RateLimit['name'], request: IncomingMessage): Admission | undefined {
    if (this.limits[name].max === 0) return UNLIMITED;
    const { own, outer } = this.bucketsOf(name, request);
    const outerState = outer && this.stateOf(outer);
    if (outerState === 'needs-redis') return undefined;
    const first = this.incrementSync(outer !== undefined && outerState === 'over-limit' ? outer : own);
    if (first === undefined || outer === undefined || first.verdict.isBlocked) return first && toAdmission(first);
    return toAdmission(stricterOf(first, this.incrementSync(outer) ?? first));
  }

  /** Counts a refusal and returns the error for the client that exceeded the limit. */
  refuse({ name, max, windowSeconds }: RateLimit): ApplicationError {
    this.refusals.inc({ limit: name });
    return RateLimitErrors.TOO_MANY_REQUESTS.create(max, windowSeconds);
  }

  private bucketsOf(name: RateLimit['name'], request: IncomingMessage): Buckets {
    const { network, outerNetwork } = this.clients.networksOf(request);
    return {
      own: { key: `${name}:${network}`, limit: this.limits[name] },
      outer: outerNetwork === undefined ? undefined : { key: `${name}:${outerNetwork}`, limit: this.outerLimits[name] },
    };
  }

  private async increment(bucket: Bucket): Promise<Count> {
    const { key, limit } = bucket;
    return { bucket, verdict: await this.storage.increment(key, limit.windowSeconds * 1_000, limit.max) };
  }

  private incrementSync(bucket: Bucket): Count | undefined {
    const { key, limit } = bucket;
    const verdict = this.storage.incrementSync(key, limit.windowSeconds * 1_000, limit.max);
    return verdict && { bucket, verdict };
  }

  private stateOf({ key, limit }: Bucket) {
    return this.storage.stateOf(key, limit.windowSeconds * 1_000, limit.max);
  }
}

/** Returns the count with fewer remaining requests; the first if both are equal. */
function stricterOf(first: Count, second: Count): Count {
  return remainingOf(second) < remainingOf(first) ? second : first;
}

function remainingOf({ bucket, verdict }: Count): number {
  return bucket.limit.max - verdict.totalHits;
}

function toAdmission({ bucket: { limit }, verdict: { totalHits, timeToExpire, isBlocked } }: Count): Admission {
  const headers = ['ratelimit-policy', limit.policyHeader, 'ratelimit', toLimitHeader(limit, totalHits, timeToExpire)];
  if (isBlocked) headers.push('retry-after', String(timeToExpire));
  return { exceeded: isBlocked ? limit : undefined, headers };
}
