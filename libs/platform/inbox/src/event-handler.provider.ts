/**
 * Event handlers. A handler first performs its lookups outside of any transaction and returns a function. The worker
 * runs this function in the transaction that also sets the final state of the event, so that the effect is committed
 * exactly once. Lookups may be repeated and must be idempotent. Every error except PermanentFailure is retried later.
 */
import type { Fault } from '@platform/errors';
import type { EntityManager } from 'typeorm';

export interface InboxEvent {
  readonly eventId: string;
  /** Id of the delivery request, for the requests that a handler sends. */
  readonly requestId: string;
  readonly type: string;
  /** Parsed body of the delivery. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** `outdated`: a newer version is stored already, so that nothing was changed. */
export type EffectOutcome = 'changed' | 'unchanged' | 'outdated';

export type ApplyEffect = (manager: EntityManager) => Promise<EffectOutcome>;

/** The signal aborts at the deadline of the lookups and at shutdown. */
export type EventHandler = (event: InboxEvent, signal: AbortSignal) => ApplyEffect | Promise<ApplyEffect>;

/** Returns the faults of a payload that no attempt could apply; such an event is not accepted. */
export type EventCheck = (payload: Readonly<Record<string, unknown>>) => readonly Fault[];

/** By type of event. */
export type EventChecks = Readonly<Record<string, EventCheck>>;

export const EVENT_CHECKS = Symbol('event checks');

/** By type of event. */
export type EventHandlers = Readonly<Record<string, EventHandler>>;

export const EVENT_HANDLERS = Symbol('event handlers');

/** Permanent error that no retry can fix: the event is moved to the dead letters at once. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}
