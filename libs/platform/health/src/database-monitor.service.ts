/** Checks once a second that the database responds. An overloaded database counts as up. */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BoundedReader, isOverloaded, ReplicaRouter, select, sql, WriteDatabase } from '@platform/database';
import { Clock } from '@platform/resilience';
import { Gauge, Registry } from 'prom-client';
import type { HealthReport, HealthReporter } from './health-report';
import { healthPolicy } from './health.policy';

@Injectable()
export class DatabaseMonitor implements HealthReporter, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly healthName = 'database';
  private readonly logger = new Logger('Database');
  private readonly reachable: Gauge;
  private readonly shutdown = new AbortController();
  private failures: number = healthPolicy.failuresUntilDown;

  constructor(
    private readonly reader: BoundedReader,
    private readonly writes: WriteDatabase,
    private readonly router: ReplicaRouter,
    private readonly clock: Clock,
    registry: Registry,
  ) {
    this.reachable = new Gauge({
      name: 'farmlokal_database_reachable',
      aggregator: 'min',
      help: '1 while the database responds, 0 while it does not respond or is not open yet',
      registers: [registry],
    });
  }

  onApplicationBootstrap(): void {
    void this.poll();
  }

  beforeApplicationShutdown(): void {
    this.shutdown.abort();
  }

  health(): HealthReport {
    const { replicas } = this.router;
    const usable = replicas.filter(({ isUsable }) => isUsable).length;
    if (!this.isReachable())
      return this.router.hasCurrentReplica
        ? { status: 'degraded', reason: 'the primary does not respond; the catalogue is read from replicas' }
        : { status: 'down', reason: 'it does not respond' };
    if (usable < replicas.length)
      return { status: 'degraded', reason: `${replicas.length - usable} of ${replicas.length} replicas are excluded` };
    return { status: 'up' };
  }

  /** Checks now, independently of the interval. */
  async check(): Promise<void> {
    const wasReachable = this.isReachable();
    this.failures = await this.countFailures();
    this.reachable.set(this.isReachable() ? 1 : 0);
    if (wasReachable && !this.isReachable()) this.logger.warn('the database does not respond');
    if (!wasReachable && this.isReachable()) this.logger.log('the database responds');
  }

  private isReachable(): boolean {
    return this.failures < healthPolicy.failuresUntilDown;
  }

  private async countFailures(): Promise<number> {
    try {
      await this.checkWithLimit();
      return 0;
    } catch {
      return this.failures + 1;
    }
  }

  /** If all connections for reads are in use, checks through the pool for writes. */
  private async checkWithLimit(): Promise<void> {
    try {
      await this.reader.read(sql`SELECT 1 AS one`, healthPolicy.checkLimitMs);
    } catch (error) {
      if (!isOverloaded(error)) throw error;
      await this.writes.run(healthPolicy.checkLimitMs, (manager) => select(manager, sql`SELECT 1 AS one`));
    }
  }

  private async poll(): Promise<void> {
    const { signal } = this.shutdown;
    while (!signal.aborted) {
      await this.check();
      await this.clock.pause(healthPolicy.checkEveryMs, signal);
    }
  }
}
