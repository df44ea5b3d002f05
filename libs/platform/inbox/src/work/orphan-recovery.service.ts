/**
 * Reclaims orphans: stalled events, whose lease has expired. Their rows are read with SKIP LOCKED, so that no two
 * workers reclaim the same event. An event that was abandoned once is reclaimed at once. An event that was abandoned
 * again may have killed its workers: a worker processes one such poison candidate at a time, so that a crash identifies
 * it. The lease of a candidate grows with each attempt, so that crashes become rarer.
 */
import { Injectable } from '@nestjs/common';
import { BackgroundWrites } from '@platform/database';
import { Clock, fullJitterMs } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { ClaimedEvent } from '../attempts/claimed-event';
import { EventLog } from '../attempts/event-log.service';
import { FailedAttempts } from '../attempts/failed-attempts.service';
import { WorkRepository, type OrphanedEvent } from '../attempts/work.repository';
import { inboxPolicy } from '../inbox.policy';

export interface RecoveredOrphans {
  readonly reclaimed: readonly ClaimedEvent[];
  /** True if further orphans may exist: the batch was full, or no slot was free. */
  readonly hasMore: boolean;
}

/** Batch size for each kind of orphans; rows include payloads. */
const MAX_ORPHANS = 50;

const ABANDONED_TOO_OFTEN = 'the worker process ended during the last attempt';

export function isPoisonCandidate({ abandoned }: Pick<ClaimedEvent, 'abandoned'>): boolean {
  return abandoned > 1;
}

@Injectable()
export class OrphanRecovery {
  constructor(
    private readonly database: BackgroundWrites,
    private readonly work: WorkRepository,
    private readonly failedAttempts: FailedAttempts,
    private readonly clock: Clock,
    private readonly log: EventLog,
  ) {}

  async reclaim(freeSlots: number, hasPoisonCandidate: boolean): Promise<RecoveredOrphans> {
    const { deadLetters, ...recovered } = await this.database.runInTransaction(
      inboxPolicy.transactionDeadlineMs,
      (manager) => this.reclaimExpired(manager, freeSlots, hasPoisonCandidate),
    );
    for (const event of deadLetters) this.log.deadLettered(event, ABANDONED_TOO_OFTEN);
    for (const event of recovered.reclaimed) this.log.reclaimed(event);
    return recovered;
  }

  private async reclaimExpired(manager: EntityManager, freeSlots: number, hasPoisonCandidate: boolean) {
    // separate queries, so that waiting poison candidates do not fill the batch of the other orphans
    const others = await this.work.findOrphans(manager, MAX_ORPHANS, 'others');
    const candidates = await this.work.findOrphans(manager, MAX_ORPHANS, 'abandoned-before');
    const deadLetters: ClaimedEvent[] = [];
    const reclaimed: ClaimedEvent[] = [];
    let hasMore = others.length === MAX_ORPHANS;
    for (const event of [...others, ...candidates]) {
      if (this.failedAttempts.isLast(event.attempts - event.earlierAttempts))
        deadLetters.push(await this.moveToDeadLetter(manager, event));
      else if (reclaimed.length === freeSlots) hasMore = true;
      else if (event.abandoned === 0 || !(hasPoisonCandidate || reclaimed.some(isPoisonCandidate)))
        reclaimed.push(await this.work.reclaim(manager, event, this.leaseMsOf(event)));
    }
    if (deadLetters.length > 0 && candidates.length === MAX_ORPHANS) hasMore = true;
    return { deadLetters, reclaimed, hasMore };
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
    if (abandoned === 0) return inboxPolicy.leaseMs;
    return inboxPolicy.leaseMs + fullJitterMs(inboxPolicy.backoff, abandoned, this.clock.random());
  }
}
