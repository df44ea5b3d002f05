/**
 * Stores an event in the database, exactly once per id. When `store` returns, the event is committed. Deadlocks, lost
 * connections and busy servers are retried within the deadline. An INSERT whose response was lost may have been
 * committed, so each try reads before it inserts. Otherwise throws WEBHOOK_UNAVAILABLE; if the event was stored
 * nevertheless, the next delivery is a duplicate.
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
import type { EventState } from '../event-state';
import { InboxErrors } from '../inbox.errors';
import { inboxPolicy } from '../inbox.policy';
import { EventValidator } from './event-validator.service';
import { InboxRepository, type StoredEvent } from './inbox.repository';
import type { NewEvent } from './new-event';

export type StoreResult =
  { readonly kind: 'accepted' | 'conflict' } | { readonly kind: 'duplicate'; readonly state: EventState };

/** State of one delivery across its tries. */
interface PendingDelivery {
  readonly event: NewEvent;
  /** True if an INSERT of a failed try may have been committed. */
  mayBeStored: boolean;
}

@Injectable()
export class InboxWriter {
  constructor(
    private readonly database: WriteDatabase,
    private readonly inbox: InboxRepository,
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
    const result = await this.retryUntilDeadline((manager) =>
      faults.length === 0 ? this.storeOnce(manager, delivery) : this.find(manager, delivery),
    );
    if (result === undefined) throw InboxErrors.INVALID_EVENT.create(faults);
    await this.failpoints.at('in.insert.committed');
    return result;
  }

  private async retryUntilDeadline<T>(operation: (manager: EntityManager) => Promise<T>): Promise<T> {
    const endsAtMs = this.clock.elapsedMs() + inboxPolicy.acceptDeadlineMs;
    for (let attempt = 1; ; attempt++) {
      const deadlineMs = Math.min(inboxPolicy.acceptTryMs, endsAtMs - this.clock.elapsedMs());
      try {
        return await this.database.run(deadlineMs, operation);
      } catch (error) {
        const pauseMs = fullJitterMs(inboxPolicy.acceptBackoff, attempt, this.clock.random());
        const isRetryable = isTransient(error) && attempt < inboxPolicy.acceptTries;
        if (isRetryable && this.clock.elapsedMs() + pauseMs < endsAtMs) await this.clock.sleep(pauseMs);
        else throw isDatabaseError(error) ? unavailable(error) : error;
      }
    }
  }

  /** Runs two statements for a new event, and a third if a concurrent delivery inserts the id in between. */
  private async storeOnce(manager: EntityManager, delivery: PendingDelivery): Promise<StoreResult> {
    const stored = await this.find(manager, delivery);
    if (stored !== undefined) return stored;
    if (await this.insert(manager, delivery)) return { kind: 'accepted' };
    const winner = await this.find(manager, delivery);
    if (winner === undefined)
      throw new Error(`the event id ${delivery.event.eventId} is taken, but its row does not exist`);
    return winner;
  }

  /** Compares the delivery with a stored event of the same id; returns undefined if there is none. */
  private async find(manager: EntityManager, delivery: PendingDelivery): Promise<StoreResult | undefined> {
    const stored = await this.inbox.find(manager, delivery.event.eventId);
    await this.failpoints.at('in.looked.up');
    return stored && this.compare(manager, delivery, stored);
  }

  /** The try may fail before the response to the INSERT, and in SQLite also later, at COMMIT. */
  private async insert(manager: EntityManager, delivery: PendingDelivery): Promise<boolean> {
    const couldBeStored = delivery.mayBeStored;
    delivery.mayBeStored = true;
    const isInserted = await this.inbox.insert(manager, delivery.event);
    if (!isInserted) delivery.mayBeStored = couldBeStored;
    return isInserted;
  }

  private async compare(manager: EntityManager, delivery: PendingDelivery, stored: StoredEvent): Promise<StoreResult> {
    const { event, mayBeStored } = delivery;
    if (stored.bodySha256 !== event.bodySha256) {
      await this.inbox.recordConflict(manager, event);
      return { kind: 'conflict' };
    }
    const isSameDelivery = mayBeStored && stored.requestId === event.requestId;
    return isSameDelivery ? { kind: 'accepted' } : { kind: 'duplicate', state: stored.state };
  }
}

/** Failures after which a retry may succeed. */
function isTransient(error: unknown): boolean {
  return isLockConflict(error) || isConnectionLost(error) || isStatementTimeout(error) || isSqliteBusy(error);
}

function unavailable(cause: unknown): Error {
  return Object.assign(InboxErrors.WEBHOOK_UNAVAILABLE.create(), { cause });
}
