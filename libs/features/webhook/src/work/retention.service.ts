/**
 * Forgets what is kept no longer: the payload of an event a week after its end, its id a month later, as conflicts.
 * A dead event keeps both together, since it is still owed.
 */
import { Injectable, Logger } from '@nestjs/common';
import { WriteDatabase } from '@platform/database';
import { Clock } from '@platform/resilience';
import { webhookPolicy } from '../webhook.policy';
import { RetentionRepository } from './retention.repository';

@Injectable()
export class Retention {
  private readonly logger = new Logger('Webhook');

  constructor(
    private readonly database: WriteDatabase,
    private readonly repository: RetentionRepository,
    private readonly clock: Clock,
  ) {}

  /** Now and then, until the signal. */
  start(signal: AbortSignal): void {
    void this.purgeUntil(signal);
  }

  /** All that is due; how many events and conflicts that concerned. */
  async purge(signal?: AbortSignal): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const rows = await this.database.runInTransaction(webhookPolicy.transactionDeadlineMs, (manager) =>
        this.repository.purge(manager, webhookPolicy.purgeRows),
      );
      forgotten += rows;
      if (rows === 0 || signal?.aborted === true) return forgotten;
    }
  }

  private async purgeUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const forgotten = await this.purge(signal);
        if (forgotten > 0) this.logger.log({ forgotten, msg: 'old payloads, ids and conflicts were deleted' });
      } catch (error) {
        this.logger.warn({ err: error, msg: 'what is old could not be deleted; trying again later' });
      }
      await this.clock.pause(webhookPolicy.purgeEveryMs, signal);
    }
  }
}
