/** Every step that an event takes, in the log and in the metrics. */
import { Injectable, Logger } from '@nestjs/common';
import type { EventState } from '../event-state';
import { WebhookMetrics, type AttemptResult } from '../webhook-metrics.service';
import type { ClaimedEvent } from './claimed-event';

@Injectable()
export class EventLog {
  private readonly logger = new Logger('Webhook');

  constructor(private readonly metrics: WebhookMetrics) {}

  ended(event: ClaimedEvent, state: 'DONE' | 'SKIPPED'): void {
    this.count(event, state === 'DONE' ? 'done' : 'skipped');
    this.logger.log({ ...lineOf(event, state), msg: state === 'DONE' ? 'event applied' : 'event was outdated' });
  }

  retryScheduled(event: ClaimedEvent, { reason, delayMs }: { reason: string; delayMs: number }): void {
    this.count(event, 'retry');
    this.logger.warn({ ...lineOf(event, 'RETRY'), reason, delayMs, msg: 'event put off' });
  }

  deadLettered(event: ClaimedEvent, reason: string): void {
    this.count(event, 'dead');
    this.logger.error({
      ...lineOf(event, 'DEAD'),
      reason,
      msg: 'event is dead; see: npm run cli -- webhook list --state dead',
    });
  }

  released(event: ClaimedEvent): void {
    this.logger.log({ ...lineOf(event, 'RECEIVED'), msg: 'event given back, because this worker ends' });
  }

  /** The database could not be told that the attempt failed; whoever finds the event goes on with it. */
  orphaned(event: ClaimedEvent, cause: unknown): void {
    this.logger.warn({ ...lineOf(event), err: cause, msg: 'a failed attempt could not be recorded' });
  }

  /** Another worker goes on with it, or it was committed and only the answer was lost. */
  leaseLost(event: ClaimedEvent): void {
    this.count(event, 'lost');
    this.logger.warn({ ...lineOf(event), msg: 'attempt was no longer ours' });
  }

  reclaimed(event: ClaimedEvent): void {
    this.count(event, 'abandoned');
    this.logger.warn({
      ...lineOf(event),
      abandoned: event.abandoned,
      msg: 'event taken over from a worker that is gone',
    });
  }

  private count({ type }: ClaimedEvent, result: AttemptResult): void {
    this.metrics.countAttempt(type, result);
  }
}

function lineOf({ eventId, requestId, type, attempt }: ClaimedEvent, state?: EventState) {
  return { eventId, requestId, event: type, attempt, ...(state !== undefined && { state }) };
}
