/**
 * Purges the payload of an event 7 days after its end, and its id and conflicts after 35 days. A dead event keeps its
 * payload for 35 days too, so that an operator can replay it.
 */
import { Injectable, Logger } from '@nestjs/common';
import { BackgroundWrites } from '@platform/database';
import { Clock } from '@platform/resilience';
import { inboxPolicy } from '../inbox.policy';
import { RetentionRepository } from './retention.repository';

@Injectable()
export class Retention {
  private readonly logger = new Logger('Webhook');

  constructor(
    private readonly database: BackgroundWrites,
    private readonly repository: RetentionRepository,
    private readonly clock: Clock,
  ) {}

  /** Purges periodically until the signal aborts. */
  start(signal: AbortSignal): void {
    void this.purgeUntil(signal);
  }

  /** Purges everything that is due. Returns the number of events and conflicts. */
  async purge(signal?: AbortSignal): Promise<number> {
    let purged = 0;
    for (;;) {
      const rows = await this.database.runInTransaction(inboxPolicy.transactionDeadlineMs, (manager) =>
        this.repository.purge(manager, inboxPolicy.purgeRows),
      );
      purged += rows;
      if (rows === 0 || signal?.aborted === true) return purged;
    }
  }

  private async purgeUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const forgotten = await this.purge(signal);
        if (forgotten > 0) this.logger.log({ forgotten, msg: 'old payloads, ids and conflicts were deleted' });
      } catch (error) {
        this.logger.warn({
          err: error,
          msg: 'the purge of old payloads, ids and conflicts failed; it is retried at the next interval',
        });
      }
      await this.clock.pause(inboxPolicy.purgeEveryMs, signal);
    }
  }
}
