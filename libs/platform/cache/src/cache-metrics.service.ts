/** How the cache answers. */
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import type { CacheTier } from './response-cache.service';
import type { CacheOutcome } from './cache-status';

@Injectable()
export class CacheMetrics {
  private readonly answers: Counter<'tier' | 'outcome'>;

  constructor(registry: Registry) {
    this.answers = new Counter({
      name: 'farmlokal_cache_responses_total',
      help: 'Cacheable answers, by where they were found and how: fresh (hit), old while a new one is made (revalidating) or cannot be made (outage), made anew (miss), with the cache turned off (bypass)',
      labelNames: ['tier', 'outcome'],
      registers: [registry],
    });
  }

  count(tier: CacheTier, outcome: CacheOutcome['kind']): void {
    this.answers.inc({ tier, outcome });
  }
}
