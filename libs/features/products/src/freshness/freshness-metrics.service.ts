import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

/** Counts tests of cached responses by their result: `kept`, or the rule that outdated the response. */
@Injectable()
export class FreshnessMetrics {
  private readonly checks: Counter<'result'>;

  constructor(registry: Registry) {
    this.checks = new Counter({
      name: 'farmlokal_cache_checks_total',
      help: 'Tests of a cached response against a change by result: kept, or the rule by which it became outdated (shown, membership, moved, total, category, producer, everything)',
      labelNames: ['result'],
      registers: [registry],
    });
  }

  count(checked: number, rules: readonly string[]): void {
    this.checks.inc({ result: 'kept' }, checked - rules.length);
    for (const rule of rules) this.checks.inc({ result: rule });
  }
}
