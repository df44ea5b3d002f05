/** Counts how parts of lists are read, by the access path. */
import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { AccessPath } from './cost-estimate';

type Outcome = 'read' | 'failed';

/** From a page out of memory to the time limit of a statement. */
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
      help: 'Time to read a part of a list, by access path and outcome',
      labelNames: ['path', 'outcome'],
      buckets: BUCKETS_SECONDS,
      registers: [registry],
    });
    this.expectedRows = new Histogram({
      name: 'farmlokal_catalogue_rows_expected',
      help: 'Rows that the planner expects a part of a list to have the database examine, by access path; no database tells how many it were',
      labelNames: ['path'],
      buckets: BUCKETS_ROWS,
      registers: [registry],
    });
    this.planFallbacks = new Counter({
      name: 'farmlokal_catalogue_plan_fallbacks_total',
      help: 'Parts of lists for which the planned access path failed and another was taken, by the planned one',
      labelNames: ['path'],
      registers: [registry],
    });
  }

  /** The expected rows are infinite while nothing is known of the catalogue. */
  observe(path: AccessPath, outcome: Outcome, tookMs: number, expectedRows: number): void {
    if (Number.isFinite(expectedRows)) this.expectedRows.observe({ path }, expectedRows);
    this.durations.observe({ path, outcome }, tookMs / 1_000);
  }

  countPlanFallback(planned: AccessPath): void {
    this.planFallbacks.inc({ path: planned });
  }
}
