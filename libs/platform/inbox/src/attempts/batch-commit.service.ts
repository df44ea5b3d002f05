/**
 * Commits the effects of a batch of events and their final states in one transaction. If the batch fails, its halves
 * are committed separately, until the failing event is alone.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  BackgroundWrites,
  isConnectionLost,
  isOverloaded,
  isStatementTimeout,
  isWriteConflict,
} from '@platform/database';
import { Clock, Failpoints, fullJitterMs } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { EVENT_EFFECTS, type EffectOutcome, type EventEffects } from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import type { PreparedEvent } from './handler-runner.service';
import { WorkRepository } from './work.repository';

/** `lost`: the attempt no longer owned the event. A failed event has no effect, unless its COMMIT was not answered. */
export type EventResult = EffectOutcome | 'lost' | { readonly error: unknown };

@Injectable()
export class BatchCommit {
  private readonly logger = new Logger('Webhook');

  constructor(
    @Inject(EVENT_EFFECTS) private readonly effects: EventEffects,
    private readonly database: BackgroundWrites,
    private readonly work: WorkRepository,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
  ) {}

  /** Returns the result of each event, in the order of the batch. Never throws. */
  async commit(batch: readonly PreparedEvent[]): Promise<EventResult[]> {
    try {
      return await this.commitWithRetries(batch);
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) return batch.map(() => ({ error }));
      const half = Math.ceil(batch.length / 2);
      return [...(await this.commit(batch.slice(0, half))), ...(await this.commit(batch.slice(half)))];
    }
  }

  /** Retries after a write conflict (everything was rolled back) or without a free connection (nothing had started). */
  private async commitWithRetries(batch: readonly PreparedEvent[]): Promise<EventResult[]> {
    const maxTries = batch.length === 1 ? inboxPolicy.commitTries : inboxPolicy.batchCommitTries;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.database.runInTransaction(inboxPolicy.transactionDeadlineMs, (manager) =>
          this.applyAndFinish(manager, batch),
        );
      } catch (error) {
        const isRetryable = isOverloaded(error) ? attempt < inboxPolicy.commitTries : attempt < maxTries;
        if (!(isWriteConflict(error) || isOverloaded(error)) || !isRetryable) throw error;
        await this.clock.sleep(fullJitterMs(inboxPolicy.commitBackoff, attempt, this.clock.random()));
      }
    }
  }

  /** Announces committed effects. Never throws: a failure is not one of the events. */
  async announce(results: readonly EventResult[]): Promise<void> {
    if (!results.includes('applied')) return;
    await this.failpoints.at('wk.committed');
    await this.effects.onCommitted().catch((error: unknown) => {
      this.logger.warn({ err: error, msg: 'committed effects could not be announced' });
    });
    await this.failpoints.at('wk.published');
  }

  private async applyAndFinish(manager: EntityManager, batch: readonly PreparedEvent[]): Promise<EventResult[]> {
    const ownedIds = await this.work.lock(
      manager,
      batch.map(({ event }) => event),
    );
    const owned = batch.filter(({ event }) => ownedIds.has(event.id));
    await this.failpoints.at('wk.locked');
    const outcomes = await this.apply(manager, owned);
    await this.failpoints.at('wk.effect.done');
    const idsOf = (wanted: EventResult) =>
      owned.map(({ event }) => event.id).filter((id) => outcomes.get(id) === wanted);
    await this.work.finish(manager, idsOf('applied'), 'DONE');
    await this.work.finish(manager, idsOf('outdated'), 'SKIPPED');
    await this.failpoints.at('wk.done.updated');
    return batch.map(({ event }) => outcomes.get(event.id) ?? 'lost');
  }

  /** Returns the outcomes by event; an event without an effect is applied. */
  private async apply(
    manager: EntityManager,
    events: readonly PreparedEvent[],
  ): Promise<ReadonlyMap<number, EventResult>> {
    const effective = events.filter(({ effect }) => effect !== undefined);
    const outcomes = new Map<number, EventResult>(events.map(({ event }) => [event.id, 'applied']));
    if (effective.length === 0) return outcomes;
    const applied = await this.effects.applyAll(
      manager,
      effective.map(({ effect }) => effect),
    );
    effective.forEach(({ event }, at) => {
      const outcome = applied[at]!;
      outcomes.set(event.id, typeof outcome === 'object' ? { error: outcome } : outcome);
    });
    return outcomes;
  }
}

/** The database failed, not one of the events, so halves of the batch would fail too. */
function isUnavailable(error: unknown): boolean {
  return isConnectionLost(error) || isStatementTimeout(error) || isOverloaded(error);
}
