/** Refuses events that no attempt could apply, so that their sender learns it and no operator has to. */
import { Inject, Injectable } from '@nestjs/common';
import type { Fault } from '@platform/errors';
import { EVENT_CHECKS, type EventChecks } from '../event-handler.provider';
import type { NewEvent } from './delivery';

@Injectable()
export class EventValidity {
  constructor(@Inject(EVENT_CHECKS) private readonly checks: EventChecks) {}

  /** None for types that nothing is known of: they are kept. */
  faultsOf({ type, content }: Pick<NewEvent, 'type' | 'content'>): readonly Fault[] {
    if (Object.hasOwn(this.checks, type)) return this.checks[type]?.(content) ?? [];
    const meant = Object.keys(this.checks).find((known) => known === type.trim().toLowerCase());
    if (meant === undefined) return [];
    return [{ pointer: '/event', code: 'not-a-type', detail: `event "${type}" is not known; did you mean ${meant}?` }];
  }
}
