/** What is to be seen of the partner. */
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Operation = 'products' | 'product' | 'availability' | 'order' | 'subscription';

/**
 * `failed`: after all its tries, or when its time was over. `refused`: the token was no help. `not-sent`: the breaker was
 * open, too many called at once, or there was no token. `given-up`: by its caller.
 */
export type CallOutcome = 'answered' | 'failed' | 'refused' | 'not-sent' | 'given-up';

@Injectable()
export class PartnerMetrics {
  private readonly calls: Histogram<'operation' | 'outcome'>;
  private readonly tries: Counter<'kind'>;
  private readonly isOpen: Gauge;

  constructor(registry: Registry) {
    this.calls = new Histogram({
      name: 'farmlokal_partner_call_seconds',
      help: 'Calls of the partner with all their tries, by operation and how they ended',
      labelNames: ['operation', 'outcome'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 8],
      registers: [registry],
    });
    this.tries = new Counter({
      name: 'farmlokal_partner_tries_total',
      help: 'Requests sent to the partner: first ones, and those that repeat one that failed',
      labelNames: ['kind'],
      registers: [registry],
    });
    this.isOpen = new Gauge({
      name: 'farmlokal_partner_breaker_open',
      aggregator: 'max',
      help: '1 while the partner is left alone because it failed too often',
      registers: [registry],
    });
  }

  observeCall(operation: Operation, outcome: CallOutcome, seconds: number): void {
    this.calls.observe({ operation, outcome }, seconds);
  }

  countTry(tries: number): void {
    this.tries.inc({ kind: tries === 1 ? 'first' : 'repeated' });
  }

  setBreakerOpen(isOpen: boolean): void {
    this.isOpen.set(isOpen ? 1 : 0);
  }
}
