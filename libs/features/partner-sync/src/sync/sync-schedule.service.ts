/** Runs the partner sync at an interval. All replicas schedule it; the first one to acquire the lease runs it. */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { syncPolicy } from './sync.policy';
import { SyncService } from './sync.service';

@Injectable()
export class SyncSchedule implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Sync');
  private readonly shutdown = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly sync: SyncService,
    private readonly clock: Clock,
  ) {}

  /** Starts the schedule, unless no partner or no interval is configured. */
  start(): void {
    const everySeconds = this.config.partner?.syncEverySeconds ?? 0;
    if (everySeconds > 0) this.running ??= this.runEvery(everySeconds * 1_000);
  }

  /** Graceful shutdown: completes the page that is being stored. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('the service is shutting down'));
    await this.running;
  }

  private async runEvery(everyMs: number): Promise<void> {
    const nextMs = () => everyMs * (1 + syncPolicy.jitter * (this.clock.random() - 0.5));
    while (await this.clock.pause(nextMs(), this.shutdown.signal))
      await this.runOnce(everyMs * (1 - syncPolicy.jitter));
  }

  private async runOnce(minIntervalMs: number): Promise<void> {
    try {
      const summary = await this.sync.run({
        minIntervalMs,
        signal: this.shutdown.signal,
        onProgress: () => undefined,
        onRejected: (product) => this.logger.warn({ ...product, msg: 'a product of the partner was rejected' }),
      });
      if (summary !== 'busy' && summary.read > 0) this.logger.log({ ...summary, msg: 'products were synchronised' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.shutdown.signal.aborted)
        this.logger.warn({ reason, msg: 'synchronisation failed; it is retried at the next interval' });
    }
  }
}
