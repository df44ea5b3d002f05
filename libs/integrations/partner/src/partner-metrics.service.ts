import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Operation = 'products' | 'product' | 'availability' | 'order' | 'subscription';

/**
 * `failed`: after all attempts, or at the deadline. `refused`: the partner denied access. `not-sent`: the breaker was
 * open, the bulkhead was full, or no token was available. `given-up`: aborted by the caller.
 */
export type CallOutcome = 'answered' | 'failed' | 'refused' | 'not-sent' | 'given-up';

@Injectable()
export class PartnerMetrics {
  private readonly calls: Histogram<'operation' | 'outcome'>;
  private readonly attempts: Counter<'kind'>;
  private readonly isOpen: Gauge;

  constructor(registry: Registry) {
    this.calls = new Histogram({
      name: 'farmlokal_partner_call_seconds',
      help: 'Calls to the partner with all their attempts, by operation and outcome',
      labelNames: ['operation', 'outcome'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 8],
      registers: [registry],
    });
    this.attempts = new Counter({
      name: 'farmlokal_partner_tries_total',
      help: 'Requests sent to the partner: first attempts and retries',
      labelNames: ['kind'],
      registers: [registry],
    });
    this.isOpen = new Gauge({
      name: 'farmlokal_partner_breaker_open',
      aggregator: 'max',
      help: '1 while the circuit breaker is open or half-open',
      registers: [registry],
    });
  }

  observeCall(operation: Operation, outcome: CallOutcome, seconds: number): void {
    this.calls.observe({ operation, outcome }, seconds);
  }

  countAttempt(attempts: number): void {
    this.attempts.inc({ kind: attempts === 1 ? 'first' : 'repeated' });
  }

  setBreakerOpen(isOpen: boolean): void {
    this.isOpen.set(isOpen ? 1 : 0);
  }
}
