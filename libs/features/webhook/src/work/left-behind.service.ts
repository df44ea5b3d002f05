/**
 * Goes on with what workers that are gone have left behind. An event that was left once is taken over at once, beside
 * others. One that was left again may be what ends its workers: it is given to one that has nothing else in hand, and
 * a longer lease each time, so that it harms nobody but itself, and that ever more rarely.
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
  /** Another one, to be attempted alone; `later` where something else is in hand. */
  readonly suspect: ClaimedEvent | 'later' | undefined;
  /** Events whose change was committed and not told of. */
  readonly untold: readonly number[];
}

/** Found at a time; they have their payloads with them. */
const MOST_FOUND = 50;

@Injectable()
export class LeftBehindEvents {
  constructor(
    private readonly database: WriteDatabase,
    private readonly work: WorkRepository,
    private readonly failed: FailedAttempts,
    private readonly clock: Clock,
    private readonly log: EventLog,
  ) {}

  async takeOver(freeLanes: number, isIdle: boolean): Promise<LeftBehind> {
    const { spent, ...left } = await this.database.transact(webhookPolicy.effectDeadlineMs, (manager) =>
      this.divide(manager, freeLanes, isIdle),
    );
    for (const event of spent) this.log.buried(event, LEFT_TOO_OFTEN);
    for (const event of left.takenOver) this.log.takenOver(event);
    if (typeof left.suspect === 'object') this.log.takenOver(left.suspect);
    return left;
  }

  private async divide(manager: EntityManager, freeLanes: number, isIdle: boolean) {
    const found = await this.work.findLeft(manager, MOST_FOUND);
    const untold = found.filter(({ state }) => state === 'DONE').map(({ id }) => id);
    const open = found.filter(({ state }) => state !== 'DONE');
    const spent = open.filter(({ attempts }) => this.failed.isLast({ attempt: attempts })).map(toLastAttempt);
    for (const event of spent) await this.work.bury(manager, event, LEFT_TOO_OFTEN);
    const others = open.filter(({ attempts }) => !this.failed.isLast({ attempt: attempts }));
    const takenOver: ClaimedEvent[] = [];
    for (const event of others.filter(({ abandoned }) => abandoned === 0).slice(0, freeLanes))
      takenOver.push(await this.work.takeOver(manager, event, webhookPolicy.leaseMs));
    const suspect = others.find(({ abandoned }) => abandoned > 0);
    return {
      untold,
      spent,
      takenOver,
      suspect: suspect && (await this.take(manager, suspect, isIdle && takenOver.length === 0)),
    };
  }

  private async take(manager: EntityManager, suspect: LeftEvent, isIdle: boolean): Promise<ClaimedEvent | 'later'> {
    if (!isIdle) return 'later';
    const pauseMs = fullJitterMs(webhookPolicy.backoff, suspect.abandoned, this.clock.random());
    return this.work.takeOver(manager, suspect, webhookPolicy.leaseMs + pauseMs);
  }
}

const LEFT_TOO_OFTEN = 'every attempt ended with its process';

function toLastAttempt({ state: _, attempts, ...event }: LeftEvent): ClaimedEvent {
  return { ...event, attempt: attempts };
}
