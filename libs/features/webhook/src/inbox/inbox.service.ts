/**
 * Takes an event into the database, exactly once for each id. What it says is committed. A deadlock, a lost connection
 * or a server that is busy is met by trying again within the deadline; an INSERT whose answer was lost may have been
 * carried out, so the next try looks before it inserts. Else WEBHOOK_UNAVAILABLE: nothing was accepted, or the
 * sender's next delivery will find that it was.
 */
import { Injectable } from '@nestjs/common';
import {
  isConnectionLost,
  isDatabaseError,
  isLockConflict,
  isSqliteBusy,
  isStatementTimeout,
  WriteDatabase,
} from '@platform/database';
import { Clock, Failpoints, fullJitterMs } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { NewEvent } from '../delivery/delivery';
import { EventValidity } from '../delivery/event-validity.service';
import type { EventState } from '../event-state';
import { WebhookErrors } from '../webhook.errors';
import { webhookPolicy } from '../webhook.policy';
import { InboxRepository, type StoredEvent } from './inbox.repository';

export type Acceptance =
  { readonly kind: 'accepted' | 'conflict' } | { readonly kind: 'duplicate'; readonly state: EventState };

/** One delivery, over all its tries. */
interface PendingDelivery {
  readonly event: NewEvent;
  /** Whether an INSERT was sent that may have been committed although its try failed. */
  isPerhapsStored: boolean;
}

@Injectable()
export class InboxService {
  constructor(
    private readonly database: WriteDatabase,
    private readonly inbox: InboxRepository,
    private readonly validity: EventValidity,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
  ) {}

  /** Throws INVALID_EVENT and WEBHOOK_UNAVAILABLE. An event that an older build has accepted is a duplicate, even if invalid. */
  async accept(event: NewEvent): Promise<Acceptance> {
    const faults = this.validity.faultsOf(event);
    const acceptable = { event, isPerhapsStored: false };
    const acceptance = await this.retryUntilDeadline((manager) =>
      faults.length === 0 ? this.tryToAccept(manager, acceptable) : this.find(manager, acceptable),
    );
    if (acceptance === undefined) throw WebhookErrors.INVALID_EVENT.create(faults);
    await this.failpoints.at('in.insert.committed');
    return acceptance;
  }

  private async retryUntilDeadline<T>(tryOnce: (manager: EntityManager) => Promise<T>): Promise<T> {
    const endsAtMs = this.clock.elapsedMs() + webhookPolicy.acceptDeadlineMs;
    for (let attempt = 1; ; attempt++) {
      const deadlineMs = Math.min(webhookPolicy.acceptTryMs, endsAtMs - this.clock.elapsedMs());
      try {
        return await this.database.run(deadlineMs, tryOnce);
      } catch (error) {
        const pauseMs = fullJitterMs(webhookPolicy.acceptBackoff, attempt, this.clock.random());
        const isWorthATry = isTransient(error) && attempt < webhookPolicy.acceptTries;
        if (isWorthATry && this.clock.elapsedMs() + pauseMs < endsAtMs) await this.clock.sleep(pauseMs);
        else throw isDatabaseError(error) ? unavailable(error) : error;
      }
    }
  }

  /** Two statements, for a new event; one whose id another delivery has just taken is looked up once more. */
  private async tryToAccept(manager: EntityManager, acceptable: PendingDelivery): Promise<Acceptance> {
    const earlier = await this.find(manager, acceptable);
    if (earlier !== undefined) return earlier;
    if (await this.insert(manager, acceptable)) return { kind: 'accepted' };
    const other = await this.find(manager, acceptable);
    if (other === undefined) throw new Error(`the id ${acceptable.event.eventId} is taken by nobody`);
    return other;
  }

  /** What an earlier delivery of the id makes of this one. */
  private async find(manager: EntityManager, acceptable: PendingDelivery): Promise<Acceptance | undefined> {
    const stored = await this.inbox.find(manager, acceptable.event.eventId);
    await this.failpoints.at('in.looked.up');
    return stored && this.compare(manager, acceptable, stored);
  }

  /** The try may fail before its INSERT is answered, and on SQLite after that, at COMMIT. */
  private async insert(manager: EntityManager, acceptable: PendingDelivery): Promise<boolean> {
    const wasPerhapsStored = acceptable.isPerhapsStored;
    acceptable.isPerhapsStored = true;
    const isInserted = await this.inbox.insert(manager, acceptable.event);
    if (!isInserted) acceptable.isPerhapsStored = wasPerhapsStored;
    return isInserted;
  }

  private async compare(manager: EntityManager, acceptable: PendingDelivery, stored: StoredEvent): Promise<Acceptance> {
    const { event, isPerhapsStored } = acceptable;
    if (stored.bodySha256 !== event.bodySha256) {
      await this.inbox.recordConflict(manager, event);
      return { kind: 'conflict' };
    }
    const isOurs = isPerhapsStored && stored.requestId === event.requestId;
    return isOurs ? { kind: 'accepted' } : { kind: 'duplicate', state: stored.state };
  }
}

/** What may be different in the next try. */
function isTransient(error: unknown): boolean {
  return isLockConflict(error) || isConnectionLost(error) || isStatementTimeout(error) || isSqliteBusy(error);
}

function unavailable(cause: unknown): Error {
  return Object.assign(WebhookErrors.WEBHOOK_UNAVAILABLE.create(), { cause });
}
