/** Lets a request through, or not, and tells its client in either case how many more it may send. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { clientNetwork } from './client-network';
import { toLimitHeader, toPolicyHeader, type RateLimit } from './rate-limit-headers';
import { RateLimitErrors } from './rate-limit.errors';
import { SharedHitsStorage } from './shared-hits.storage';

@Injectable()
export class RateLimiter {
  readonly limits: Readonly<Record<RateLimit['name'], RateLimit>>;
  private readonly logger = new Logger('RateLimit');
  private readonly refusals: Counter<'limit'>;
  private readonly policyHeaders: Readonly<Record<RateLimit['name'], string>>;

  constructor(
    { rateLimit: { max, webhookMax, windowSeconds } }: AppConfig,
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

  /** Counts the request for its client's network. Throws TOO_MANY_REQUESTS beyond the limit; a limit of 0 is none. */
  async admit(name: RateLimit['name'], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const limit = this.limits[name];
    if (limit.max === 0) return;
    const key = `${name}:${networkOf(request)}`;
    const { totalHits, timeToExpire, isBlocked } = await this.storage.increment(
      key,
      limit.windowSeconds * 1_000,
      limit.max,
    );
    reply.header('ratelimit-policy', this.policyHeaders[name]);
    reply.header('ratelimit', toLimitHeader(limit, totalHits, timeToExpire));
    if (!isBlocked) return;
    this.refusals.inc({ limit: name });
    this.logger.debug(`Refused ${key} until ${timeToExpire} s from now`);
    reply.header('retry-after', timeToExpire);
    throw RateLimitErrors.TOO_MANY_REQUESTS.create(limit.max, limit.windowSeconds);
  }
}

/** Of the client as far as the proxies are trusted; of the nearest peer where what they say is no address. */
function networkOf(request: FastifyRequest): string {
  const peer = request.socket.remoteAddress ?? '';
  return clientNetwork(claimedAddress(request) ?? peer) ?? clientNetwork(peer) ?? 'unknown';
}

/** Reading a forwarded address that is none fails where proxies are trusted by address. */
function claimedAddress(request: FastifyRequest): string | undefined {
  try {
    return request.ip;
  } catch {
    return undefined;
  }
}
