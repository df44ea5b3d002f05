/**
 * Runs the handler of an event: prepares it outside of any transaction, then commits its effect atomically with the
 * final state of the event.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isWriteConflict, isOverloaded, WriteDatabase } from '@platform/database';
import { withDeadline, Clock, Failpoints, fullJitterMs } from '@platform/resilience';
import {
  EVENT_HANDLERS,
  type ApplyEffect,
  type EffectOutcome,
  type EventHandlers,
  type InboxEvent,
} from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import type { ClaimedEvent } from './claimed-event';
import { WorkRepository } from './work.repository';

/** Effect of types without a handler: the event is stored, counted and DONE. */
const NO_EFFECT: ApplyEffect = () => Promise.resolve('unchanged');

/** `lost`: the attempt no longer owned the event. */
export type AttemptOutcome = EffectOutcome | 'lost';

@Injectable()
export class HandlerRunner {
  constructor(
    @Inject(EVENT_HANDLERS) private readonly handlers: EventHandlers,
    private readonly database: WriteDatabase,
    private readonly work: WorkRepository,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
  ) {}

  /** Runs outside of any transaction until the deadline or the signal. Abandons handlers that ignore their signal. */
  async prepare(event: ClaimedEvent, signal: AbortSignal): Promise<ApplyEffect> {
    await this.failpoints.at('wk.claimed');
    const handler = Object.hasOwn(this.handlers, event.type) ? this.handlers[event.type] : undefined;
    const apply = await withDeadline(inboxPolicy.prepareDeadlineMs, signal, async (deadlineSignal) => {
      return handler?.(toInboxEvent(event), deadlineSignal) ?? NO_EFFECT;
    });
    await this.failpoints.at('wk.prepared');
    return apply;
  }

  /** Retries after a write conflict (everything was rolled back) or without a free connection (nothing had started). */
  async commit(event: ClaimedEvent, apply: ApplyEffect): Promise<AttemptOutcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.commitOnce(event, apply);
      } catch (error) {
        if (!(isWriteConflict(error) || isOverloaded(error)) || attempt === inboxPolicy.commitTries) throw error;
        await this.clock.sleep(fullJitterMs(inboxPolicy.commitBackoff, attempt, this.clock.random()));
      }
    }
  }

  private commitOnce(event: ClaimedEvent, apply: ApplyEffect): Promise<AttemptOutcome> {
    return this.database.runInTransaction(inboxPolicy.transactionDeadlineMs, async (manager) => {
      if (!(await this.work.lock(manager, event))) return 'lost';
      await this.failpoints.at('wk.locked');
      const outcome = await apply(manager);
      await this.failpoints.at('wk.effect.done');
      const state = outcome === 'outdated' ? 'SKIPPED' : 'DONE';
      await this.work.finish(manager, event, { state, needsInvalidation: outcome === 'changed' });
      await this.failpoints.at('wk.done.updated');
      return outcome;
    });
  }
}

function toInboxEvent({ eventId, requestId, type, payload }: ClaimedEvent): InboxEvent {
  return { eventId, requestId, type, payload: JSON.parse(payload) as Record<string, unknown> };
}
