import { Injectable } from '@nestjs/common';
import { Gauge, Histogram, Registry } from 'prom-client';

@Injectable()
export class ChangeLogMetrics {
  private readonly delay: Histogram;
  private lagMs: () => number = () => NaN;

  constructor(registry: Registry) {
    const lagSeconds = () => this.lagMs() / 1_000;
    new Gauge({
      name: 'farmlokal_change_log_lag_seconds',
      aggregator: 'max',
      help: 'Time since this process last read the change log, so the maximum age of changes that it may lack',
      registers: [registry],
      collect() {
        this.set(lagSeconds());
      },
    });
    this.delay = new Histogram({
      name: 'farmlokal_change_log_delay_seconds',
      help: 'Time from the write of a change until this process has applied it to its caches',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [registry],
    });
  }

  /** Infinite before the first read. */
  observeLag(lagMs: () => number): void {
    this.lagMs = lagMs;
  }

  observeDelay(delayMs: number): void {
    this.delay.observe(delayMs / 1_000);
  }
}
