/** Counts responses by cache tier and outcome. */
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import type { CacheOutcome } from './http/cache-status';
import type { CacheTier } from './response-cache.service';

@Injectable()
export class CacheMetrics {
  private readonly responses: Counter<'tier' | 'outcome'>;

  constructor(registry: Registry) {
    this.responses = new Counter({
      name: 'farmlokal_cache_responses_total',
      help: 'Cacheable responses by tier and outcome: fresh (hit), stale during a reload (revalidating) or after a failed one (outage), loaded (miss), cache disabled (bypass)',
      labelNames: ['tier', 'outcome'],
      registers: [registry],
    });
  }

  count(tier: CacheTier, outcome: CacheOutcome['kind']): void {
    this.responses.inc({ tier, outcome });
  }
}
