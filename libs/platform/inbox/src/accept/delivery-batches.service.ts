/**
 * Stores deliveries in the database. Deliveries that arrive while others are being stored share a SELECT and an INSERT,
 * and thus a commit. An INSERT whose response was lost may have been committed, so each try reads before it inserts.
 */
import { Injectable } from '@nestjs/common';
import { chunkRows, WriteDatabase } from '@platform/database';
import { Batcher, Failpoints } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { EventState } from '../event-state';
import { InboxErrors } from '../inbox.errors';
import { inboxPolicy } from '../inbox.policy';
import { InboxRepository, type StoredEvent } from './inbox.repository';
import { isTransient } from './transient-errors';
import type { NewEvent } from './new-event';

export type StoreResult =
  { readonly kind: 'accepted' | 'conflict' } | { readonly kind: 'duplicate'; readonly state: EventState };

/** State of one delivery across its tries. */
export interface PendingDelivery {
  readonly event: NewEvent;
  /** True if an INSERT of a failed try may have been committed. */
  mayBeStored: boolean;
}

@Injectable()
export class DeliveryBatches {
  private readonly batcher = new Batcher<PendingDelivery, StoreResult>(
    inboxPolicy.acceptBatches,
    (deliveries) => this.storeBatch(deliveries),
    () => InboxErrors.WEBHOOK_UNAVAILABLE.create(),
  );

  constructor(
    private readonly database: WriteDatabase,
    private readonly inbox: InboxRepository,
    private readonly failpoints: Failpoints,
  ) {}

  /** Resolves when the event is committed. Throws errors of the database. */
  store(delivery: PendingDelivery): Promise<StoreResult> {
    return this.batcher.run(delivery);
  }

  /** Returns the result of a delivery whose event must not be stored, if an earlier version has stored it. */
  find(delivery: PendingDelivery): Promise<StoreResult | undefined> {
    return this.database.run(inboxPolicy.acceptTryMs, (manager) => this.findStored(manager, delivery));
  }

  /** If one of several deliveries cannot be stored, each one is stored alone. */
  private async storeBatch(deliveries: readonly PendingDelivery[]): Promise<PromiseSettledResult<StoreResult>[]> {
    try {
      const results = await this.run((manager) => this.storeAll(manager, deliveries));
      return results.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      if (deliveries.length === 1 || isTransient(error)) throw error;
      return Promise.allSettled(
        deliveries.map((delivery) => this.run((manager) => this.storeAlone(manager, delivery))),
      );
    }
  }

  private run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.run(inboxPolicy.acceptTryMs, work);
  }

  private async storeAll(manager: EntityManager, deliveries: readonly PendingDelivery[]): Promise<StoreResult[]> {
    const stored = await this.inbox.find(
      manager,
      deliveries.map(({ event }) => event.eventId),
    );
    await this.failpoints.at('in.looked.up');
    const accepted = await this.insertNew(manager, deliveries, stored);
    const results: StoreResult[] = [];
    for (const delivery of deliveries) {
      const known = stored.get(delivery.event.eventId);
      if (accepted.has(delivery)) results.push({ kind: 'accepted' });
      else if (known === undefined) results.push(await this.storeAlone(manager, delivery));
      else results.push(await this.compare(manager, delivery, known));
    }
    return results;
  }

  /** Inserts the first delivery of each unknown id. Returns those that were inserted. */
  private async insertNew(
    manager: EntityManager,
    deliveries: readonly PendingDelivery[],
    stored: ReadonlyMap<string, StoredEvent>,
  ): Promise<ReadonlySet<PendingDelivery>> {
    const byId = new Map<string, PendingDelivery>();
    for (const delivery of deliveries) {
      const { eventId } = delivery.event;
      if (!stored.has(eventId) && !byId.has(eventId)) byId.set(eventId, delivery);
    }
    const inserted = new Set<PendingDelivery>();
    for (const chunk of chunkRows([...byId.values()], ({ event }) => [event.payload]))
      if (await this.insert(manager, chunk)) for (const delivery of chunk) inserted.add(delivery);
    return inserted;
  }

  /** Runs two statements for a new event, and a third if a concurrent delivery inserts the id in between. */
  private async storeAlone(manager: EntityManager, delivery: PendingDelivery): Promise<StoreResult> {
    const stored = await this.findStored(manager, delivery);
    if (stored !== undefined) return stored;
    if (await this.insert(manager, [delivery])) return { kind: 'accepted' };
    const winner = await this.findStored(manager, delivery);
    if (winner === undefined)
      throw new Error(`the event id ${delivery.event.eventId} is taken, but its row does not exist`);
    return winner;
  }

  /** Compares the delivery with a stored event of the same id; returns undefined if there is none. */
  private async findStored(manager: EntityManager, delivery: PendingDelivery): Promise<StoreResult | undefined> {
    const { eventId } = delivery.event;
    const stored = (await this.inbox.find(manager, [eventId])).get(eventId);
    return stored && this.compare(manager, delivery, stored);
  }

  /** The try may fail before the response to the INSERT, and in SQLite also later, at COMMIT. */
  private async insert(manager: EntityManager, deliveries: readonly PendingDelivery[]): Promise<boolean> {
    const couldBeStored = deliveries.map(({ mayBeStored }) => mayBeStored);
    for (const delivery of deliveries) delivery.mayBeStored = true;
    const isInserted = await this.inbox.insert(
      manager,
      deliveries.map(({ event }) => event),
    );
    if (!isInserted) deliveries.forEach((delivery, at) => (delivery.mayBeStored = couldBeStored[at]!));
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
