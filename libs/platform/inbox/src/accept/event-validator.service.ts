/**
 * Rejects events that no attempt could apply, with a 400, instead of storing an event that can only become a dead
 * letter.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Fault } from '@platform/errors';
import { EVENT_CHECKS, type EventChecks } from '../event-handler.provider';
import type { NewEvent } from './new-event';

@Injectable()
export class EventValidator {
  constructor(@Inject(EVENT_CHECKS) private readonly checks: EventChecks) {}

  /** Unknown types have no faults, unless they differ from a known type only in case or surrounding spaces. */
  faultsOf({ type, content }: Pick<NewEvent, 'type' | 'content'>): readonly Fault[] {
    if (Object.hasOwn(this.checks, type)) return this.checks[type]?.(content) ?? [];
    const similarType = Object.keys(this.checks).find((known) => known === type.trim().toLowerCase());
    if (similarType === undefined) return [];
    return [
      { pointer: '/event', code: 'not-a-type', detail: `event "${type}" is unknown; did you mean ${similarType}?` },
    ];
  }
}
