/**
 * What an event does. An effect first asks others whatever it must, outside of any transaction, and gives what is then
 * done inside one, together with marking the event: the effect is committed exactly once, while asking may happen
 * again and has to be harmless. Whatever is thrown is tried again later, but for PermanentFailure.
 */
import type { Fault } from '@platform/errors';
import type { EntityManager } from 'typeorm';

export interface WebhookEvent {
  readonly eventId: string;
  /** Under which it came; to be passed on to whom is asked. */
  readonly requestId: string;
  readonly type: string;
  /** The object that was sent. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** `outdated`: something newer is known already, so that nothing was changed. */
export type EffectOutcome = 'changed' | 'unchanged' | 'outdated';

export type ApplyEffect = (manager: EntityManager) => Promise<EffectOutcome>;

/** The signal ends the time there is for asking. */
export type EventHandler = (event: WebhookEvent, signal: AbortSignal) => ApplyEffect | Promise<ApplyEffect>;

/** What is wrong with the payload, so that no attempt could succeed; then the event is not accepted. */
export type EventCheck = (payload: Readonly<Record<string, unknown>>) => readonly Fault[];

/** By type of event. */
export type EventChecks = Readonly<Record<string, EventCheck>>;

export const EVENT_CHECKS = Symbol('what the payload of each event must be');

/** By type of event. */
export type EventHandlers = Readonly<Record<string, EventHandler>>;

export const EVENT_HANDLERS = Symbol('what each event does');

/** Trying again would not help: the event is DEAD at once, and waits for an operator. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}
