/**
 * Makes an event's effect happen: asks what has to be asked, then commits the effect together with the event's end, so
 * that there is never one without the other.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isWriteConflict, isOverloaded, WriteDatabase } from '@platform/database';
import { withDeadline, Clock, Failpoints, fullJitterMs } from '@platform/resilience';
import {
  EVENT_HANDLERS,
  type ApplyEffect,
  type EffectOutcome,
  type EventHandlers,
  type WebhookEvent,
} from '../event-handler.provider';
import { webhookPolicy } from '../webhook.policy';
import type { ClaimedEvent } from './claimed-event';
import { WorkRepository } from './work.repository';

/** A type that nothing is known of is kept, counted, and done. */
const NO_EFFECT: ApplyEffect = () => Promise.resolve('unchanged');

/** `lost`: the attempt was another's by then. */
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

  /** Outside of any transaction, until the deadline or the signal; an effect that does not listen to it is left behind. */
  async prepare(event: ClaimedEvent, signal: AbortSignal): Promise<ApplyEffect> {
    await this.failpoints.at('wk.claimed');
    const effect = Object.hasOwn(this.handlers, event.type) ? this.handlers[event.type] : undefined;
    const apply = await withDeadline(webhookPolicy.prepareDeadlineMs, signal, async (inTime) => {
      return effect?.(toWebhookEvent(event), inTime) ?? NO_EFFECT;
    });
    await this.failpoints.at('wk.prepared');
    return apply;
  }

  /** An effect that lost a race was rolled back whole, and one that found no connection was not begun: it is made again. */
  async commit(event: ClaimedEvent, apply: ApplyEffect): Promise<AttemptOutcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.commitOnce(event, apply);
      } catch (error) {
        if (!(isWriteConflict(error) || isOverloaded(error)) || attempt === webhookPolicy.commitTries) throw error;
        await this.clock.sleep(fullJitterMs(webhookPolicy.commitBackoff, attempt, this.clock.random()));
      }
    }
  }

  private commitOnce(event: ClaimedEvent, apply: ApplyEffect): Promise<AttemptOutcome> {
    return this.database.runInTransaction(webhookPolicy.transactionDeadlineMs, async (manager) => {
      if (!(await this.work.lock(manager, event))) return 'lost';
      await this.failpoints.at('wk.locked');
      const outcome = await apply(manager);
      await this.failpoints.at('wk.effect.done');
      const state = outcome === 'outdated' ? 'SKIPPED' : 'DONE';
      await this.work.finish(manager, event, { state, isToBeTold: outcome === 'changed' });
      await this.failpoints.at('wk.done.updated');
      return outcome;
    });
  }
}

function toWebhookEvent({ eventId, requestId, type, payload }: ClaimedEvent): WebhookEvent {
  return { eventId, requestId, type, payload: JSON.parse(payload) as Record<string, unknown> };
}
