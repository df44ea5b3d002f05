/**
 * Goes on with what workers that are gone have left behind. An event that was left once is taken over at once. One that
 * was left again may be what ends its workers: a worker has one such suspect in hand at a time, so that each of them
 * shows alone what it does, and its lease grows each time, so that it does that ever more rarely.
 */
import { Injectable } from '@nestjs/common';
import { WriteDatabase } from '@platform/database';
import { Clock, fullJitterMs } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { webhookPolicy } from '../webhook.policy';
import type { ClaimedEvent } from './claimed-event';
import { EventLog } from './event-log.service';
import { FailedAttempts } from './failed-attempts.service';
import { WorkRepository, type OrphanedEvent } from './work.repository';

export interface RecoveredOrphans {
  readonly reclaimed: readonly ClaimedEvent[];
  /** Events whose change was committed and not told of. */
  readonly needingInvalidation: readonly number[];
  /** Whether there is more than could be found, or taken over for want of a lane. */
  readonly isMore: boolean;
}

/** Found at a time, of either kind; they have their payloads with them. */
const MAX_ORPHANS = 50;

const ABANDONED_TOO_OFTEN = 'every attempt ended with its process';

export function isPoisonCandidate({ abandoned }: Pick<ClaimedEvent, 'abandoned'>): boolean {
  return abandoned > 1;
}

@Injectable()
export class OrphanRecovery {
  constructor(
    private readonly database: WriteDatabase,
    private readonly work: WorkRepository,
    private readonly failed: FailedAttempts,
    private readonly clock: Clock,
    private readonly log: EventLog,
  ) {}

  async reclaim(freeSlots: number, hasSuspect: boolean): Promise<RecoveredOrphans> {
    const { spent, ...left } = await this.database.runInTransaction(webhookPolicy.transactionDeadlineMs, (manager) =>
      this.divide(manager, freeSlots, hasSuspect),
    );
    for (const event of spent) this.log.deadLettered(event, ABANDONED_TOO_OFTEN);
    for (const event of left.reclaimed) this.log.reclaimed(event);
    return left;
  }

  private async divide(manager: EntityManager, freeSlots: number, hasSuspect: boolean) {
    // separately, because events that wait for their turn as the one suspect must not hide the others
    const others = await this.work.findOrphans(manager, MAX_ORPHANS, 'others');
    const suspects = await this.work.findOrphans(manager, MAX_ORPHANS, 'abandoned-before');
    const needingInvalidation = others.filter(({ state }) => state === 'DONE').map(({ id }) => id);
    const open = [...others.filter(({ state }) => state !== 'DONE'), ...suspects];
    const spent: ClaimedEvent[] = [];
    const reclaimed: ClaimedEvent[] = [];
    let isMore = others.length === MAX_ORPHANS;
    for (const event of open) {
      if (this.failed.isLast(event.attempts - event.earlierAttempts))
        spent.push(await this.moveToDeadLetter(manager, event));
      else if (reclaimed.length === freeSlots) isMore = true;
      else if (event.abandoned === 0 || !(hasSuspect || reclaimed.some(isPoisonCandidate)))
        reclaimed.push(await this.work.reclaim(manager, event, this.leaseMsOf(event)));
    }
    if (spent.length > 0 && suspects.length === MAX_ORPHANS) isMore = true;
    return { needingInvalidation, spent, reclaimed, isMore };
  }

  private async moveToDeadLetter(
    manager: EntityManager,
    { state: _, attempts, ...event }: OrphanedEvent,
  ): Promise<ClaimedEvent> {
    const last = { ...event, attempt: attempts };
    await this.work.moveToDeadLetter(manager, last, ABANDONED_TOO_OFTEN);
    return last;
  }

  private leaseMsOf({ abandoned }: OrphanedEvent): number {
    if (abandoned === 0) return webhookPolicy.leaseMs;
    return webhookPolicy.leaseMs + fullJitterMs(webhookPolicy.backoff, abandoned, this.clock.random());
  }
}
