/** Metrics of Redis, as seen from this process. */
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

@Injectable()
export class RedisMetrics {
  private readonly available: Gauge;
  private readonly failures: Counter<'kind'>;

  constructor(registry: Registry) {
    this.available = new Gauge({
      name: 'farmlokal_redis_available',
      aggregator: 'min',
      help: '1 while Redis is available, 0 while it is unavailable or not configured',
      registers: [registry],
    });
    this.failures = new Counter({
      name: 'farmlokal_redis_failures_total',
      help: 'Commands that Redis refused (refused) or did not reply to (unanswered)',
      labelNames: ['kind'],
      registers: [registry],
    });
  }

  setAvailable(isAvailable: boolean): void {
    this.available.set(isAvailable ? 1 : 0);
  }

  countFailure(kind: 'refused' | 'unanswered'): void {
    this.failures.inc({ kind });
  }
}
