/** Metrics of segment reads, by access path. */
import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { AccessPath } from '../query/access-path';

type Outcome = 'read' | 'failed';

/** From a page served from memory to beyond the longest time limit. */
const BUCKETS_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const BUCKETS_ROWS = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

@Injectable()
export class ReadMetrics {
  private readonly durations: Histogram<'path' | 'outcome'>;
  private readonly expectedRows: Histogram<'path'>;
  private readonly planFallbacks: Counter<'path'>;

  constructor(registry: Registry) {
    this.durations = new Histogram({
      name: 'farmlokal_catalogue_read_duration_seconds',
      help: 'Time to read a segment of a list, by access path and outcome',
      labelNames: ['path', 'outcome'],
      buckets: BUCKETS_SECONDS,
      registers: [registry],
    });
    this.expectedRows = new Histogram({
      name: 'farmlokal_catalogue_rows_expected',
      help:
        'Estimated rows that the database examines for a segment of a list, by access path; ' +
        'databases do not report the actual number',
      labelNames: ['path'],
      buckets: BUCKETS_ROWS,
      registers: [registry],
    });
    this.planFallbacks = new Counter({
      name: 'farmlokal_catalogue_plan_fallbacks_total',
      help: 'Segments of lists whose planned access path failed and was replaced by another, by planned path',
      labelNames: ['path'],
      registers: [registry],
    });
  }

  /** The expected rows are Infinity until the catalogue is sampled. */
  observe(path: AccessPath, outcome: Outcome, tookMs: number, expectedRows: number): void {
    if (Number.isFinite(expectedRows)) this.expectedRows.observe({ path }, expectedRows);
    this.durations.observe({ path, outcome }, tookMs / 1_000);
  }

  countPlanFallback(planned: AccessPath): void {
    this.planFallbacks.inc({ path: planned });
  }
}
