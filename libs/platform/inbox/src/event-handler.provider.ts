/**
 * Event handlers. A handler converts an event to its effect, which is data. If it needs a lookup for that, the lookup
 * runs outside of any transaction, may be repeated, and must be idempotent. The worker applies the effects of a batch of
 * events in the transaction that also sets their final states, so that each effect is committed exactly once. Every
 * error except PermanentFailure is retried later.
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
export type EffectOutcome = 'applied' | 'outdated';

/** An effect, or a lookup that resolves to it. The signal aborts at the deadline of the lookup and at shutdown. */
type Prepared<Effect> = { readonly effect: Effect } | { readonly lookUp: (signal: AbortSignal) => Promise<Effect> };

export type EventHandler<Effect = unknown> = (event: InboxEvent) => Prepared<Effect>;

/** Everything that the inbox needs to apply events. */
export interface EventEffects<Effect = unknown> {
  /** By type of event. An event of another type has no effect. */
  readonly handlers: Readonly<Record<string, EventHandler<Effect>>>;
  /**
   * Applies effects as if one after another, and returns the outcome of each: an error if the effect cannot be applied
   * now and has changed nothing. If it throws, the transaction is rolled back.
   */
  applyAll(manager: EntityManager, effects: readonly Effect[]): Promise<readonly (EffectOutcome | Error)[]>;
  /** Called after each commit of an applied effect; a crash may prevent the call. */
  onCommitted(): Promise<void>;
}

export const EVENT_EFFECTS = Symbol('event effects');

/** Returns the faults of a payload that no attempt could apply; such an event is not accepted. */
export type EventCheck = (payload: Readonly<Record<string, unknown>>) => readonly Fault[];

/** By type of event. */
export type EventChecks = Readonly<Record<string, EventCheck>>;

export const EVENT_CHECKS = Symbol('event checks');

/** Permanent error that no retry can fix: the event is moved to the dead letters at once. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}
