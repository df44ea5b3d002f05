/** Records the results of attempts: in the rows of failed events, in the dedup cache, in the log and in the metrics. */
import { Injectable } from '@nestjs/common';
import { DedupCache } from '../accept/dedup-cache.repository';
import type { EventResult } from './batch-commit.service';
import type { ClaimedEvent } from './claimed-event';
import { EventLog } from './event-log.service';
import { FailedAttempts } from './failed-attempts.service';

/** An event with the error of its attempt. */
export type FailedEvent = readonly [event: ClaimedEvent, error: unknown];

@Injectable()
export class AttemptResults {
  constructor(
    private readonly failedAttempts: FailedAttempts,
    private readonly dedup: DedupCache,
    private readonly log: EventLog,
  ) {}

  /** Records the results of a batch, in its order. Never throws. */
  async record(events: readonly ClaimedEvent[], results: readonly EventResult[]): Promise<void> {
    this.log.batch(events.length);
    const failed: FailedEvent[] = [];
    const ended: Promise<void>[] = [];
    events.forEach((event, at) => {
      const result = results[at]!;
      if (typeof result === 'object') failed.push([event, result.error]);
      else if (result === 'lost') this.log.leaseLost(event);
      else ended.push(this.end(event, result === 'outdated' ? 'SKIPPED' : 'DONE'));
    });
    await Promise.all(ended);
    await this.recordFailures(failed);
  }

  /** If one failure cannot be recorded, the database is unavailable, and the others are not tried. Never throws. */
  async recordFailures(failed: readonly FailedEvent[]): Promise<void> {
    let outage: { readonly cause: unknown } | undefined;
    for (const [event, error] of failed) {
      outage ??= await this.recordFailure(event, error).catch((cause: unknown) => ({ cause }));
      if (outage !== undefined) this.log.orphaned(event, outage.cause);
    }
  }

  /** Makes events due again at shutdown; their attempts do not count. Never throws. */
  async release(events: readonly ClaimedEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.failedAttempts.release(events);
      for (const event of events) this.log.released(event);
    } catch (cause) {
      for (const event of events) this.log.orphaned(event, cause);
    }
  }

  private async end(event: ClaimedEvent, state: 'DONE' | 'SKIPPED'): Promise<void> {
    this.log.ended(event, state);
    await this.dedup.put(event.eventId, event.bodySha256, state);
  }

  private async recordFailure(event: ClaimedEvent, error: unknown): Promise<undefined> {
    const result = await this.failedAttempts.recordFailure(event, error);
    if (result.kind === 'retry-scheduled') this.log.retryScheduled(event, result);
    else if (result.kind === 'dead-lettered') this.log.deadLettered(event, result.reason);
    else this.log.leaseLost(event);
  }
}
