/**
 * Stores an event in the database, exactly once per id. When `store` returns, the event is committed. Deadlocks, lost
 * connections and busy servers are retried within the deadline. Otherwise throws WEBHOOK_UNAVAILABLE; if the event was
 * stored nevertheless, the next delivery is a duplicate.
 */
import { Injectable } from '@nestjs/common';
import { isDatabaseError } from '@platform/database';
import { Clock, Failpoints, fullJitterMs, withDeadline } from '@platform/resilience';
import { InboxErrors } from '../inbox.errors';
import { inboxPolicy } from '../inbox.policy';
import { DeliveryBatches, type StoreResult } from './delivery-batches.service';
import { EventValidator } from './event-validator.service';
import type { NewEvent } from './new-event';
import { isTransient } from './transient-errors';

@Injectable()
export class InboxWriter {
  constructor(
    private readonly batches: DeliveryBatches,
    private readonly validity: EventValidator,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
  ) {}

  /**
   * Throws INVALID_EVENT, WEBHOOK_UNAVAILABLE. An invalid event that an older version has stored is reported as a
   * duplicate.
   */
  async store(event: NewEvent): Promise<StoreResult> {
    const faults = this.validity.faultsOf(event);
    const delivery = { event, mayBeStored: false };
    const result = await this.retryUntilDeadline(() =>
      faults.length === 0 ? this.batches.store(delivery) : this.batches.find(delivery),
    );
    if (result === undefined) throw InboxErrors.INVALID_EVENT.create(faults);
    await this.failpoints.at('in.insert.committed');
    return result;
  }

  private async retryUntilDeadline<T>(operation: () => Promise<T>): Promise<T> {
    const endsAtMs = this.clock.elapsedMs() + inboxPolicy.acceptDeadlineMs;
    const toTimeout = () => unavailable(new Error('earlier deliveries took too long'));
    for (let attempt = 1; ; attempt++) {
      try {
        return await withDeadline(endsAtMs - this.clock.elapsedMs(), operation(), toTimeout);
      } catch (error) {
        const pauseMs = fullJitterMs(inboxPolicy.acceptBackoff, attempt, this.clock.random());
        const isRetryable = isTransient(error) && attempt < inboxPolicy.acceptTries;
        if (isRetryable && this.clock.elapsedMs() + pauseMs < endsAtMs) await this.clock.sleep(pauseMs);
        else throw isDatabaseError(error) ? unavailable(error) : error;
      }
    }
  }
}

function unavailable(cause: unknown): Error {
  return Object.assign(InboxErrors.WEBHOOK_UNAVAILABLE.create(), { cause });
}
