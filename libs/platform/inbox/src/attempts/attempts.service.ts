/** One attempt at a claimed event, until its result is recorded. */
import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '@platform/tracing';
import { DedupCache } from '../accept/dedup-cache.repository';
import type { EffectOutcome } from '../event-handler.provider';
import type { ClaimedEvent } from './claimed-event';
import { EventLog } from './event-log.service';
import { FailedAttempts } from './failed-attempts.service';
import { HandlerRunner } from './handler-runner.service';
import { InvalidationPublisher } from './invalidation-publisher.service';

@Injectable()
export class Attempts {
  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failedAttempts: FailedAttempts,
    private readonly invalidation: InvalidationPublisher,
    private readonly dedup: DedupCache,
    private readonly log: EventLog,
  ) {}

  /**
   * Never throws: the row of the event records the outcome. A committed event is never retried. If a failure cannot be
   * recorded, the event is reclaimed when its lease expires.
   */
  run(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    return inSpan('apply event', { kind: SpanKind.CONSUMER, attributes: attributesOf(event) }, () =>
      this.prepareAndCommit(event, signal),
    );
  }

  private async prepareAndCommit(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    try {
      const apply = await this.handlers.prepare(event, signal);
      const outcome = await this.handlers.commit(event, apply);
      if (outcome === 'lost') this.log.leaseLost(event);
      else await this.complete(event, outcome);
    } catch (error) {
      await this.recordFailure(event, error, signal);
    }
  }

  private async complete(event: ClaimedEvent, outcome: EffectOutcome): Promise<void> {
    const state = outcome === 'outdated' ? 'SKIPPED' : 'DONE';
    this.log.ended(event, state);
    if (outcome === 'changed') await this.invalidation.publish(event.id);
    await this.dedup.put(event.eventId, event.bodySha256, state);
  }

  /** An attempt that shutdown aborts is released and does not count as failed. */
  private async recordFailure(event: ClaimedEvent, error: unknown, signal: AbortSignal): Promise<void> {
    try {
      if (signal.aborted && error === signal.reason) {
        await this.failedAttempts.release(event);
        this.log.released(event);
        return;
      }
      const result = await this.failedAttempts.recordFailure(event, error);
      if (result.kind === 'retry-scheduled') this.log.retryScheduled(event, result);
      else if (result.kind === 'dead-lettered') this.log.deadLettered(event, result.reason);
      else this.log.leaseLost(event);
    } catch (cause) {
      this.log.orphaned(event, cause);
    }
  }
}

/** The request id refers to the delivery, whose trace has already ended. */
function attributesOf({ eventId, requestId, type, attempt }: ClaimedEvent) {
  return {
    'farmlokal.event.id': eventId,
    'farmlokal.event.type': type,
    'farmlokal.event.attempt': attempt,
    'farmlokal.request.id': requestId,
  };
}
