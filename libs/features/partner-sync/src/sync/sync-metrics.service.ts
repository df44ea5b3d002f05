/** Counts the products read from the partner, by outcome. */
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

@Injectable()
export class SyncMetrics {
  private readonly products: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.products = new Counter({
      name: 'farmlokal_sync_products_total',
      help: 'Products read from the partner, by outcome: changed, removed, unchanged, outdated (a newer version was stored), rejected',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  count(counts: Readonly<Record<string, number>>): void {
    for (const [outcome, count] of Object.entries(counts)) this.products.inc({ outcome }, count);
  }
}
