/** Attempts at claimed events, until their results are recorded. */
import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { Failpoints } from '@platform/resilience';
import { inSpan } from '@platform/tracing';
import { AttemptResults, type FailedEvent } from './attempt-results.service';
import { BatchCommit } from './batch-commit.service';
import type { ClaimedEvent } from './claimed-event';
import { HandlerRunner, type PendingLookup, type PreparedEvent } from './handler-runner.service';

export interface PreparedEvents {
  readonly ready: readonly PreparedEvent[];
  readonly pending: readonly PendingLookup[];
}

@Injectable()
export class Attempts {
  constructor(
    private readonly handlers: HandlerRunner,
    private readonly batches: BatchCommit,
    private readonly results: AttemptResults,
    private readonly failpoints: Failpoints,
  ) {}

  /** Prepares events; those whose handler throws are recorded as failed. Never throws. */
  async prepare(events: readonly ClaimedEvent[]): Promise<PreparedEvents> {
    await this.failpoints.at('wk.claimed');
    const ready: PreparedEvent[] = [];
    const pending: PendingLookup[] = [];
    const failed: FailedEvent[] = [];
    for (const event of events) {
      try {
        const prepared = this.handlers.prepare(event);
        if ('lookUp' in prepared) pending.push(prepared);
        else ready.push(prepared);
      } catch (error) {
        failed.push([event, error]);
      }
    }
    await this.results.recordFailures(failed);
    return { ready, pending };
  }

  /**
   * Commits the effects of a batch and records the results. Never throws: the rows of the events record the outcome. A
   * committed event is never retried. If a failure cannot be recorded, the event is reclaimed when its lease expires.
   */
  async commit(batch: readonly PreparedEvent[]): Promise<void> {
    await this.failpoints.at('wk.prepared');
    await inSpan('apply events', { kind: SpanKind.CONSUMER, attributes: attributesOf(batch) }, async () => {
      const results = await this.batches.commit(batch);
      const events = batch.map(({ event }) => event);
      await Promise.all([this.batches.announce(results), this.results.record(events, results)]);
    });
  }

  /** Looks up the effect of an event and commits it alone. Never throws. */
  async lookUpAndCommit({ event, lookUp }: PendingLookup, signal: AbortSignal): Promise<void> {
    let prepared: PreparedEvent;
    try {
      prepared = await lookUp(signal);
    } catch (error) {
      if (signal.aborted && error === signal.reason) await this.release([event]);
      else await this.results.recordFailures([[event, error]]);
      return;
    }
    await this.commit([prepared]);
  }

  /** Makes events due again at shutdown; their attempts do not count. Never throws. */
  release(events: readonly ClaimedEvent[]): Promise<void> {
    return this.results.release(events);
  }
}

/** Of a single event also its id. The request id refers to the delivery, whose trace has already ended. */
function attributesOf(batch: readonly PreparedEvent[]) {
  const [first, second] = batch;
  if (first === undefined || second !== undefined) return { 'farmlokal.events': batch.length };
  const { eventId, requestId, type, attempt } = first.event;
  return {
    'farmlokal.events': 1,
    'farmlokal.event.id': eventId,
    'farmlokal.event.type': type,
    'farmlokal.event.attempt': attempt,
    'farmlokal.request.id': requestId,
  };
}
