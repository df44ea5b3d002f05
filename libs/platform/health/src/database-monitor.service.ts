/** Asks the database once a second whether it is there. One that is only busy is there. */
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
  private readonly ending = new AbortController();
  private failures: number = healthPolicy.failuresUntilDown;

  constructor(
    private readonly reader: BoundedReader,
    private readonly writes: WriteDatabase,
    private readonly servers: ReplicaRouter,
    private readonly clock: Clock,
    registry: Registry,
  ) {
    this.reachable = new Gauge({
      name: 'farmlokal_database_reachable',
      aggregator: 'min',
      help: '1 while the database answers, 0 while it does not or has not been opened yet',
      registers: [registry],
    });
  }

  onApplicationBootstrap(): void {
    void this.watch();
  }

  beforeApplicationShutdown(): void {
    this.ending.abort();
  }

  health(): HealthReport {
    const { replicas } = this.servers;
    const usable = replicas.filter(({ isUsable }) => isUsable).length;
    if (!this.isReachable())
      return this.servers.hasCurrentReplica
        ? { status: 'degraded', reason: 'the primary does not answer; the catalogue is read from replicas' }
        : { status: 'down', reason: 'it does not answer' };
    if (usable < replicas.length)
      return { status: 'degraded', reason: `${replicas.length - usable} of ${replicas.length} replicas left out` };
    return { status: 'up' };
  }

  /** Looks now, instead of within the second. */
  async check(): Promise<void> {
    const wasReachable = this.isReachable();
    this.failures = await this.countFailures();
    this.reachable.set(this.isReachable() ? 1 : 0);
    if (wasReachable && !this.isReachable()) this.logger.warn('the database does not answer');
    if (!wasReachable && this.isReachable()) this.logger.log('the database answers');
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

  /** Reads may have taken all their connections; whether they still get answers, those for writing tell. */
  private async checkWithLimit(): Promise<void> {
    try {
      await this.reader.read(sql`SELECT 1 AS one`, healthPolicy.checkLimitMs);
    } catch (error) {
      if (!isOverloaded(error)) throw error;
      await this.writes.run(healthPolicy.checkLimitMs, (manager) => select(manager, sql`SELECT 1 AS one`));
    }
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.check();
      await this.clock.pause(healthPolicy.checkEveryMs, signal);
    }
  }
}
