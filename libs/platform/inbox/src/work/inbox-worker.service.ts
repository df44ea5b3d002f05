/**
 * Applies accepted events in batches, in each replica or in a separate process (`npm run cli -- work`). An event that
 * this process accepts wakes the worker. It also polls for due events and orphans twice a second, and waits while the
 * database is unavailable. An event that arrives alone is applied at once; events that arrive within `batchIntervalMs`
 * of a claim, or while batches are being committed, accumulate for the next batch, because most of the cost of a batch
 * does not depend on its size.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import { Attempts, type PreparedEvents } from '../attempts/attempts.service';
import type { ClaimedEvent } from '../attempts/claimed-event';
import type { PendingLookup, PreparedEvent } from '../attempts/handler-runner.service';
import { inboxPolicy } from '../inbox.policy';
import { Retention } from '../retention/retention.service';
import { AutoResetEvent } from './auto-reset-event';
import { EventLeases } from './event-leases.service';
import { isPoisonCandidate, OrphanRecovery } from './orphan-recovery.service';

/** Attempts in progress, with their events. */
type Tracked = Map<Promise<void>, readonly ClaimedEvent[]>;

@Injectable()
export class InboxWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhook');
  private readonly workAvailable = new AutoResetEvent();
  private readonly shutdown = new AbortController();
  /** Claimed events whose attempt has not ended. */
  private readonly inFlight = new Set<ClaimedEvent>();
  private readonly batches: Tracked = new Map();
  private readonly lookups: Tracked = new Map();
  private readonly reclaimed: Tracked = new Map();
  private waitingLookups: PendingLookup[] = [];
  private running: Promise<void> | undefined;
  private recoveredAtMs = -Infinity;
  private accumulateUntilMs = -Infinity;
  private isDatabaseUnavailable = false;

  constructor(
    private readonly leases: EventLeases,
    private readonly orphans: OrphanRecovery,
    private readonly attempts: Attempts,
    private readonly retention: Retention,
    private readonly clock: Clock,
  ) {}

  start(): void {
    if (this.running !== undefined) return;
    this.running = this.runUntilShutdown();
    this.leases.start(() => [...this.inFlight]);
    this.retention.start(this.shutdown.signal);
  }

  /** Signals that an event may be due. */
  wake(): void {
    this.workAvailable.set();
  }

  /** Graceful shutdown: releases events that wait for a lookup, and waits for commits in progress. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('the worker is shutting down'));
    this.workAvailable.set();
    await this.running;
    await this.releaseLookups();
    await Promise.all([this.batches, this.lookups, this.reclaimed].flatMap((tracked) => [...tracked.keys()]));
    this.leases.stop();
  }

  /** Lookups in progress release their own events. The leases of released events are not renewed: others claim them. */
  private async releaseLookups(): Promise<void> {
    const waiting = this.waitingLookups.map(({ event }) => event);
    this.waitingLookups = [];
    for (const event of [...waiting, ...[...this.lookups.values()].flat()]) this.inFlight.delete(event);
    await this.attempts.release(waiting);
  }

  private async runUntilShutdown(): Promise<void> {
    while (!this.shutdown.signal.aborted) {
      try {
        await this.runOnce();
        this.isDatabaseUnavailable = false;
      } catch (error) {
        if (!this.isDatabaseUnavailable)
          this.logger.warn({ err: error, msg: 'the database is unavailable; the worker retries' });
        this.isDatabaseUnavailable = true;
        await this.workAvailable.wait(inboxPolicy.pollMs);
      }
    }
  }

  private async runOnce(): Promise<void> {
    if (this.isRecoveryDue()) await this.recoverOrphans();
    const limit = this.accumulationMs() > 0 ? 0 : this.claimLimit();
    const claimed = limit === 0 ? [] : await this.leases.claim(limit);
    if (claimed.length > 0) await this.startAttempts(claimed);
    if (limit > 0 && claimed.length === limit) return; // further events may be due
    if (claimed.length > 0) this.accumulateUntilMs = this.clock.elapsedMs() + inboxPolicy.batchIntervalMs;
    const accumulationMs = this.accumulationMs();
    await this.workAvailable.wait(accumulationMs > 0 ? accumulationMs : inboxPolicy.pollMs);
  }

  /** Remaining time for which events accumulate; not positive if they may be claimed. */
  private accumulationMs(): number {
    return this.accumulateUntilMs - this.clock.elapsedMs();
  }

  /** Events that wait for a lookup count too, so that the worker holds few leases. */
  private claimLimit(): number {
    const { maxBatches, maxBatchEvents } = inboxPolicy;
    if (this.batches.size >= maxBatches) return 0;
    return Math.max(0, Math.min(maxBatchEvents, maxBatches * maxBatchEvents - this.inFlight.size));
  }

  private async startAttempts(claimed: readonly ClaimedEvent[]): Promise<void> {
    const { ready, pending } = await this.prepare(claimed);
    for (const batch of batchesOf(ready)) {
      const events = batch.map(({ event }) => event);
      this.track(this.batches, events, this.attempts.commit(batch));
    }
    this.waitingLookups.push(...pending);
    this.startLookups();
  }

  /** Events whose preparation failed are no longer in flight. */
  private async prepare(claimed: readonly ClaimedEvent[]): Promise<PreparedEvents> {
    for (const event of claimed) this.inFlight.add(event);
    const prepared = new Set<ClaimedEvent>();
    try {
      const { ready, pending } = await this.attempts.prepare(claimed);
      for (const { event } of [...ready, ...pending]) prepared.add(event);
      return { ready, pending };
    } finally {
      for (const event of claimed) if (!prepared.has(event)) this.inFlight.delete(event);
    }
  }

  private startLookups(): void {
    while (this.lookups.size < inboxPolicy.maxLookups && !this.shutdown.signal.aborted) {
      const lookup = this.waitingLookups.shift();
      if (lookup === undefined) return;
      this.track(this.lookups, [lookup.event], this.attempts.lookUpAndCommit(lookup, this.shutdown.signal));
    }
  }

  /** If an attempt throws, its events are reclaimed when their leases expire. */
  private track(tracked: Tracked, events: readonly ClaimedEvent[], attempt: Promise<void>): void {
    const logged = attempt.catch((error: unknown) => {
      this.logger.error({ err: error, msg: 'an attempt ended without a result; its events are retried' });
    });
    const ended = logged.finally(() => {
      tracked.delete(ended);
      for (const event of events) this.inFlight.delete(event);
      this.startLookups();
      this.workAvailable.set();
    });
    tracked.set(ended, events);
  }

  private isRecoveryDue(): boolean {
    const nowMs = this.clock.elapsedMs();
    if (nowMs - this.recoveredAtMs < inboxPolicy.pollMs) return false;
    this.recoveredAtMs = nowMs;
    return true;
  }

  private async recoverOrphans(): Promise<void> {
    const hasPoisonCandidate = [...this.inFlight].some(isPoisonCandidate);
    const freeSlots = inboxPolicy.maxReclaimed - this.reclaimed.size;
    const { reclaimed, hasMore } = await this.orphans.reclaim(freeSlots, hasPoisonCandidate);
    for (const event of reclaimed) {
      this.inFlight.add(event);
      this.track(this.reclaimed, [event], this.attemptAlone(event));
    }
    if (hasMore) this.recoveredAtMs = -Infinity; // look for orphans again before new events are claimed
  }

  /** A reclaimed event is applied alone, so that an event that kills the process takes few others with it. */
  private async attemptAlone(event: ClaimedEvent): Promise<void> {
    const { ready, pending } = await this.attempts.prepare([event]);
    for (const prepared of ready) await this.attempts.commit([prepared]);
    for (const lookup of pending) await this.attempts.lookUpAndCommit(lookup, this.shutdown.signal);
  }
}

/** Events that were abandoned before are committed alone, as reclaimed events are. */
function batchesOf(ready: readonly PreparedEvent[]): PreparedEvent[][] {
  const together = ready.filter(({ event }) => event.abandoned === 0);
  const alone = ready.filter(({ event }) => event.abandoned > 0).map((prepared) => [prepared]);
  return together.length === 0 ? alone : [together, ...alone];
}
