/** Prepares events: runs their handlers, and lookups until their deadline. */
import { Inject, Injectable } from '@nestjs/common';
import { withDeadline } from '@platform/resilience';
import { EVENT_EFFECTS, type EventEffects, type InboxEvent } from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import type { ClaimedEvent } from './claimed-event';

/** An event with its effect; undefined if its type has no handler. */
export interface PreparedEvent {
  readonly event: ClaimedEvent;
  readonly effect: unknown;
}

/** An event that needs a lookup, which resolves to the prepared event. */
export interface PendingLookup {
  readonly event: ClaimedEvent;
  readonly lookUp: (signal: AbortSignal) => Promise<PreparedEvent>;
}

@Injectable()
export class HandlerRunner {
  constructor(@Inject(EVENT_EFFECTS) private readonly effects: EventEffects) {}

  /** Throws the errors of the handler. */
  prepare(event: ClaimedEvent): PreparedEvent | PendingLookup {
    const { handlers } = this.effects;
    const prepared = Object.hasOwn(handlers, event.type) ? handlers[event.type]?.(toInboxEvent(event)) : undefined;
    if (prepared === undefined) return { event, effect: undefined };
    if ('effect' in prepared) return { event, effect: prepared.effect };
    const lookUp = async (signal: AbortSignal) => ({
      event,
      // abandons lookups that ignore their signal
      effect: await withDeadline(inboxPolicy.prepareDeadlineMs, signal, prepared.lookUp),
    });
    return { event, lookUp };
  }
}

function toInboxEvent({ eventId, requestId, type, payload }: ClaimedEvent): InboxEvent {
  return { eventId, requestId, type, payload: JSON.parse(payload) as Record<string, unknown> };
}
