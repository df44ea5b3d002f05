/** How the cache answers. */
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import type { CacheOutcome } from './cache-status';

@Injectable()
export class CacheMetrics {
  private readonly answers: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.answers = new Counter({
      name: 'farmlokal_cache_answers_total',
      help: 'Cacheable answers: fresh ones (hit), old ones while a new one is made (revalidating) or cannot be made (outage), new ones (miss)',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  count(outcome: CacheOutcome['kind']): void {
    this.answers.inc({ outcome });
  }
}
