/**
 * Records failed attempts: schedules a retry with backoff, or makes the event a dead letter after the last attempt or a
 * permanent failure.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { BackgroundWrites } from '@platform/database';
import { Clock, fullJitterMs } from '@platform/resilience';
import { PermanentFailure } from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import type { ClaimedEvent } from './claimed-event';
import { WorkRepository } from './work.repository';

/** `lost`: the attempt no longer owns the event, or was committed after all. */
export type FailureOutcome =
  | { readonly kind: 'dead-lettered' | 'lost'; readonly reason: string }
  | { readonly kind: 'retry-scheduled'; readonly reason: string; readonly delayMs: number };

@Injectable()
export class FailedAttempts {
  constructor(
    private readonly config: AppConfig,
    private readonly database: BackgroundWrites,
    private readonly work: WorkRepository,
    private readonly clock: Clock,
  ) {}

  /** Counts the attempts since the event was received or replayed. */
  isLast(attempts: number): boolean {
    return attempts >= this.config.webhook.maxAttempts;
  }

  /** Throws if the database is unavailable. */
  release(events: readonly ClaimedEvent[]): Promise<void> {
    return this.database.run(inboxPolicy.transactionDeadlineMs, (manager) => this.work.release(manager, events));
  }

  /** Throws if the database is unavailable. */
  async recordFailure(event: ClaimedEvent, error: unknown): Promise<FailureOutcome> {
    const reason = String(error instanceof Error ? error.message : error).slice(0, inboxPolicy.maxReasonLength);
    const attempts = event.attempt - event.earlierAttempts;
    const isDeadLetter = error instanceof PermanentFailure || this.isLast(attempts);
    const delayMs = fullJitterMs(inboxPolicy.backoff, attempts, this.clock.random());
    const isRecorded = await this.database.run(inboxPolicy.transactionDeadlineMs, (manager) =>
      isDeadLetter
        ? this.work.moveToDeadLetter(manager, event, reason)
        : this.work.scheduleRetry(manager, event, delayMs, reason),
    );
    if (!isRecorded) return { kind: 'lost', reason };
    return isDeadLetter ? { kind: 'dead-lettered', reason } : { kind: 'retry-scheduled', reason, delayMs };
  }
}
