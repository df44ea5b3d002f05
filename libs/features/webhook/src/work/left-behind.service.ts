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
import { WorkRepository, type LeftEvent } from './work.repository';

export interface LeftBehind {
  readonly takenOver: readonly ClaimedEvent[];
  /** Events whose change was committed and not told of. */
  readonly untold: readonly number[];
  /** Whether there is more than could be found, or taken over for want of a lane. */
  readonly isMore: boolean;
}

/** Found at a time, of either kind; they have their payloads with them. */
const MOST_FOUND = 50;

const LEFT_TOO_OFTEN = 'every attempt ended with its process';

export function isSuspect({ abandoned }: Pick<ClaimedEvent, 'abandoned'>): boolean {
  return abandoned > 1;
}

@Injectable()
export class LeftBehindEvents {
  constructor(
    private readonly database: WriteDatabase,
    private readonly work: WorkRepository,
    private readonly failed: FailedAttempts,
    private readonly clock: Clock,
    private readonly log: EventLog,
  ) {}

  async takeOver(freeLanes: number, hasSuspect: boolean): Promise<LeftBehind> {
    const { spent, ...left } = await this.database.transact(webhookPolicy.effectDeadlineMs, (manager) =>
      this.divide(manager, freeLanes, hasSuspect),
    );
    for (const event of spent) this.log.buried(event, LEFT_TOO_OFTEN);
    for (const event of left.takenOver) this.log.takenOver(event);
    return left;
  }

  private async divide(manager: EntityManager, freeLanes: number, hasSuspect: boolean) {
    // separately, because events that wait for their turn as the one suspect must not hide the others
    const others = await this.work.findLeft(manager, MOST_FOUND, 'others');
    const suspects = await this.work.findLeft(manager, MOST_FOUND, 'abandoned-before');
    const untold = others.filter(({ state }) => state === 'DONE').map(({ id }) => id);
    const open = [...others.filter(({ state }) => state !== 'DONE'), ...suspects];
    const spent: ClaimedEvent[] = [];
    const takenOver: ClaimedEvent[] = [];
    let isMore = others.length === MOST_FOUND;
    for (const event of open) {
      if (this.failed.isLast(event.attempts - event.earlierAttempts)) spent.push(await this.bury(manager, event));
      else if (takenOver.length === freeLanes) isMore = true;
      else if (event.abandoned === 0 || !(hasSuspect || takenOver.some(isSuspect)))
        takenOver.push(await this.work.takeOver(manager, event, this.leaseMsOf(event)));
    }
    if (spent.length > 0 && suspects.length === MOST_FOUND) isMore = true;
    return { untold, spent, takenOver, isMore };
  }

  private async bury(manager: EntityManager, { state: _, attempts, ...event }: LeftEvent): Promise<ClaimedEvent> {
    const last = { ...event, attempt: attempts };
    await this.work.bury(manager, last, LEFT_TOO_OFTEN);
    return last;
  }

  private leaseMsOf({ abandoned }: LeftEvent): number {
    if (abandoned === 0) return webhookPolicy.leaseMs;
    return webhookPolicy.leaseMs + fullJitterMs(webhookPolicy.backoff, abandoned, this.clock.random());
  }
}
