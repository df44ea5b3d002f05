/** One attempt at an event, from its claim to its end. */
import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '@platform/tracing';
import type { EffectOutcome } from '../event-handler.provider';
import { DedupCache } from '../inbox/dedup-cache.repository';
import { InvalidationPublisher } from './invalidation-publisher.service';
import type { ClaimedEvent } from './claimed-event';
import { HandlerRunner } from './handler-runner.service';
import { EventLog } from './event-log.service';
import { FailedAttempts } from './failed-attempts.service';

@Injectable()
export class Attempts {
  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedAttempts,
    private readonly invalidation: InvalidationPublisher,
    private readonly dedup: DedupCache,
    private readonly log: EventLog,
  ) {}

  /**
   * Never throws: whatever is lost on the way, the row says how far it came. What was committed is not put off, and
   * what cannot even be put off is taken over when its lease ends.
   */
  run(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    return inSpan('apply event', { kind: SpanKind.CONSUMER, attributes: attributesOf(event) }, () =>
      this.runToEnd(event, signal),
    );
  }

  private async runToEnd(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    try {
      const apply = await this.handlers.prepare(event, signal);
      const outcome = await this.handlers.commit(event, apply);
      if (outcome === 'lost') this.log.leaseLost(event);
      else await this.end(event, outcome);
    } catch (error) {
      await this.recordFailure(event, error, signal);
    }
  }

  private async end(event: ClaimedEvent, outcome: EffectOutcome): Promise<void> {
    const state = outcome === 'outdated' ? 'SKIPPED' : 'DONE';
    this.log.ended(event, state);
    if (outcome === 'changed') await this.invalidation.publish(event.id);
    await this.dedup.put(event.eventId, event.bodySha256, state);
  }

  /** One that was given up because the service ends has not failed. */
  private async recordFailure(event: ClaimedEvent, error: unknown, signal: AbortSignal): Promise<void> {
    try {
      if (signal.aborted && error === signal.reason) {
        await this.failed.release(event);
        this.log.released(event);
        return;
      }
      const verdict = await this.failed.recordFailure(event, error);
      if (verdict.kind === 'postponed') this.log.retryScheduled(event, verdict);
      else if (verdict.kind === 'buried') this.log.deadLettered(event, verdict.reason);
      else this.log.leaseLost(event);
    } catch (cause) {
      this.log.orphaned(event, cause);
    }
  }
}

/** The request that brought it had ended by then; its id leads there. */
function attributesOf({ eventId, requestId, type, attempt }: ClaimedEvent) {
  return {
    'farmlokal.event.id': eventId,
    'farmlokal.event.type': type,
    'farmlokal.event.attempt': attempt,
    'farmlokal.request.id': requestId,
  };
}
