/** Follows the partner now and then, in whichever replica comes first. */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { SyncService } from './sync.service';
import { syncPolicy } from './sync.policy';

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

  /** Does nothing where it is not to be done by itself. */
  start(): void {
    const everySeconds = this.config.partner?.syncEverySeconds ?? 0;
    if (everySeconds > 0) this.running ??= this.runEvery(everySeconds * 1_000);
  }

  /** The page that is under way is stored. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('the service is shutting down'));
    await this.running;
  }

  private async runEvery(everyMs: number): Promise<void> {
    const nextMs = () => everyMs * (1 + syncPolicy.spread * (this.clock.random() - 0.5));
    while (await this.clock.pause(nextMs(), this.shutdown.signal))
      await this.runOnce(everyMs * (1 - syncPolicy.spread));
  }

  private async runOnce(minIntervalMs: number): Promise<void> {
    try {
      const summary = await this.sync.run({
        minIntervalMs,
        signal: this.shutdown.signal,
        onProgress: () => undefined,
        onRejected: (product) => this.logger.warn({ ...product, msg: 'a product of the partner cannot be used' }),
      });
      if (summary !== 'busy' && summary.read > 0) this.logger.log({ ...summary, msg: 'products were synchronised' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.shutdown.signal.aborted)
        this.logger.warn({ reason, msg: 'products could not be synchronised; later again' });
    }
  }
}
