/** Decides whether a request goes on, and what its client is told in either case of how many more it may send. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { ApplicationError } from '@platform/errors';
import type { RawHeaders } from '@platform/http';
import { Counter, Registry } from 'prom-client';
import { ClientAddresses } from './client-addresses.provider';
import { toLimitHeader, toPolicyHeader, type RateLimit } from './rate-limit-headers';
import { RateLimitErrors } from './rate-limit.errors';
import { SharedHitsStorage, type Verdict } from './shared-hits.storage';

export interface Admission {
  readonly isAdmitted: boolean;
  /** To be sent with the answer. */
  readonly headers: RawHeaders;
}

const UNLIMITED: Admission = { isAdmitted: true, headers: [] };

@Injectable()
export class RateLimiter {
  readonly limits: Readonly<Record<RateLimit['name'], RateLimit>>;
  private readonly refusals: Counter<'limit'>;
  private readonly policyHeaders: Readonly<Record<RateLimit['name'], string>>;

  constructor(
    { rateLimit: { max, webhookMax, windowSeconds } }: AppConfig,
    private readonly clients: ClientAddresses,
    private readonly storage: SharedHitsStorage,
    registry: Registry,
  ) {
    this.limits = {
      default: { name: 'default', max, windowSeconds },
      webhook: { name: 'webhook', max: webhookMax, windowSeconds },
    };
    this.policyHeaders = {
      default: toPolicyHeader(this.limits.default),
      webhook: toPolicyHeader(this.limits.webhook),
    };
    this.refusals = new Counter({
      name: 'farmlokal_rate_limit_refusals_total',
      help: 'Requests that were refused because their client had sent too many, by limit',
      labelNames: ['limit'],
      registers: [registry],
    });
  }

  /** Counts the request for its client's network, as long as that is not over the limit; a limit of 0 is none. */
  async admit(name: RateLimit['name'], request: IncomingMessage): Promise<Admission> {
    const { max, windowSeconds } = this.limits[name];
    if (max === 0) return UNLIMITED;
    return this.toAdmission(name, await this.storage.increment(this.keyOf(name, request), windowSeconds * 1_000, max));
  }

  /** Undefined, and nothing counted, where that has to be waited for. */
  admitAtOnce(name: RateLimit['name'], request: IncomingMessage): Admission | undefined {
    const { max, windowSeconds } = this.limits[name];
    if (max === 0) return UNLIMITED;
    const verdict = this.storage.incrementAtOnce(this.keyOf(name, request), windowSeconds * 1_000, max);
    return verdict && this.toAdmission(name, verdict);
  }

  private keyOf(name: RateLimit['name'], request: IncomingMessage): string {
    return `${name}:${this.clients.networkOf(request)}`;
  }

  private toAdmission(name: RateLimit['name'], { totalHits, timeToExpire, isBlocked }: Verdict): Admission {
    const left = toLimitHeader(this.limits[name], totalHits, timeToExpire);
    const headers = ['ratelimit-policy', this.policyHeaders[name], 'ratelimit', left];
    if (isBlocked) headers.push('retry-after', String(timeToExpire));
    return { isAdmitted: !isBlocked, headers };
  }

  /** What a client over its limit is told; counts it. */
  refuse(name: RateLimit['name']): ApplicationError {
    const { max, windowSeconds } = this.limits[name];
    this.refusals.inc({ limit: name });
    return RateLimitErrors.TOO_MANY_REQUESTS.create(max, windowSeconds);
  }
}
