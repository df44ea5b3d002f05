/** Logs and counts each state change of an event. */
import { Injectable, Logger } from '@nestjs/common';
import type { EventState } from '../event-state';
import { InboxMetrics, type AttemptResult } from '../inbox-metrics.service';
import type { ClaimedEvent } from './claimed-event';

@Injectable()
export class EventLog {
  private readonly logger = new Logger('Webhook');

  constructor(private readonly metrics: InboxMetrics) {}

  batch(events: number): void {
    this.metrics.observeBatch(events);
  }

  ended(event: ClaimedEvent, state: 'DONE' | 'SKIPPED'): void {
    this.count(event, state === 'DONE' ? 'done' : 'skipped');
    this.logger.log({
      ...lineOf(event, state),
      msg: state === 'DONE' ? 'event applied' : 'event skipped, because it is outdated',
    });
  }

  retryScheduled(event: ClaimedEvent, { reason, delayMs }: { reason: string; delayMs: number }): void {
    this.count(event, 'retry');
    this.logger.warn({ ...lineOf(event, 'RETRY'), reason, delayMs, msg: 'event attempt failed; a retry is scheduled' });
  }

  deadLettered(event: ClaimedEvent, reason: string): void {
    this.count(event, 'dead');
    this.logger.error({
      ...lineOf(event, 'DEAD'),
      reason,
      msg: 'event moved to the dead letters; see: npm run cli -- webhook list --state dead',
    });
  }

  released(event: ClaimedEvent): void {
    this.logger.log({ ...lineOf(event, 'RECEIVED'), msg: 'event released at shutdown' });
  }

  /** The failure could not be recorded in the database; orphan recovery reclaims the event. */
  orphaned(event: ClaimedEvent, cause: unknown): void {
    this.logger.warn({ ...lineOf(event), err: cause, msg: 'a failed attempt could not be recorded' });
  }

  /** Another worker has reclaimed the event, or it was committed and only the response of the database was lost. */
  leaseLost(event: ClaimedEvent): void {
    this.count(event, 'lost');
    this.logger.warn({ ...lineOf(event), msg: 'the attempt lost its lease on the event' });
  }

  reclaimed(event: ClaimedEvent): void {
    this.count(event, 'abandoned');
    this.logger.warn({
      ...lineOf(event),
      abandoned: event.abandoned,
      msg: 'event reclaimed, because its lease expired',
    });
  }

  private count({ type }: ClaimedEvent, result: AttemptResult): void {
    this.metrics.countAttempt(type, result);
  }
}

function lineOf({ eventId, requestId, type, attempt }: ClaimedEvent, state?: EventState) {
  return { eventId, requestId, event: type, attempt, ...(state !== undefined && { state }) };
}
