/**
 * One attempt at an event, from its claim to its end. One that fails is put off with a growing pause, or buried when
 * it was the last or would never succeed. Whatever is lost on the way, the row says how far it came: what was
 * committed is not put off, and what cannot even be put off is taken over when its lease ends.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { WriteDatabase } from '@platform/database';
import { Clock, fullJitterMs } from '@platform/resilience';
import { PermanentFailure } from '../event-effect.provider';
import { webhookPolicy } from '../webhook.policy';
import type { ClaimedEvent } from './claimed-event';
import { WorkRepository } from './work.repository';

/** What becomes of an event whose attempt failed. */
export type Verdict =
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

  isLast({ attempt }: Pick<ClaimedEvent, 'attempt'>): boolean {
    return attempt >= this.config.webhook.maxAttempts;
  }

  /** Throws where the database is away. */
  async judge(event: ClaimedEvent, error: unknown): Promise<Verdict> {
    const reason = String(error instanceof Error ? error.message : error).slice(0, webhookPolicy.longestReason);
    const isOver = error instanceof PermanentFailure || this.isLast(event);
    const delayMs = fullJitterMs(webhookPolicy.backoff, event.attempt, this.clock.random());
    const isOurs = await this.database.run(webhookPolicy.effectDeadlineMs, (manager) =>
      isOver ? this.work.bury(manager, event, reason) : this.work.postpone(manager, event, delayMs, reason),
    );
    if (!isOurs) return { kind: 'lost', reason };
    return isOver ? { kind: 'buried', reason } : { kind: 'postponed', reason, delayMs };
  }
}
