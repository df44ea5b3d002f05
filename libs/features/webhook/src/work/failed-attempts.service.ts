/**
 * Decides what becomes of an event whose attempt failed: put off with a growing pause, or buried when it was the last
 * or would never succeed.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { WriteDatabase } from '@platform/database';
import { Clock, fullJitterMs } from '@platform/resilience';
import { PermanentFailure } from '../event-handler.provider';
import { webhookPolicy } from '../webhook.policy';
import type { ClaimedEvent } from './claimed-event';
import { WorkRepository } from './work.repository';

/** `lost`: it is no longer ours, or was committed after all. */
export type FailureOutcome =
  | { readonly kind: 'buried' | 'lost'; readonly reason: string }
  | { readonly kind: 'postponed'; readonly reason: string; readonly delayMs: number };

@Injectable()
export class FailedAttempts {
  constructor(
    private readonly config: AppConfig,
    private readonly database: WriteDatabase,
    private readonly work: WorkRepository,
    private readonly clock: Clock,
  ) {}

  /** Of so many attempts, since it was received or replayed. */
  isLast(tries: number): boolean {
    return tries >= this.config.webhook.maxAttempts;
  }

  /** Throws where the database is away. */
  release(event: ClaimedEvent): Promise<void> {
    return this.database.run(webhookPolicy.transactionDeadlineMs, (manager) => this.work.release(manager, event));
  }

  /** Throws where the database is away. */
  async recordFailure(event: ClaimedEvent, error: unknown): Promise<FailureOutcome> {
    const reason = String(error instanceof Error ? error.message : error).slice(0, webhookPolicy.maxReasonLength);
    const tries = event.attempt - event.earlierAttempts;
    const isOver = error instanceof PermanentFailure || this.isLast(tries);
    const delayMs = fullJitterMs(webhookPolicy.backoff, tries, this.clock.random());
    const isOurs = await this.database.run(webhookPolicy.transactionDeadlineMs, (manager) =>
      isOver
        ? this.work.moveToDeadLetter(manager, event, reason)
        : this.work.scheduleRetry(manager, event, delayMs, reason),
    );
    if (!isOurs) return { kind: 'lost', reason };
    return isOver ? { kind: 'buried', reason } : { kind: 'postponed', reason, delayMs };
  }
}
