/**
 * Applies accepted events, in each replica or in a separate process (`npm run cli -- work`). An event that this process
 * accepts wakes the worker. It also polls for due events and orphans twice a second, and waits while the database is
 * unavailable.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Attempts } from '../attempts/attempts.service';
import type { ClaimedEvent } from '../attempts/claimed-event';
import { InvalidationPublisher } from '../attempts/invalidation-publisher.service';
import { inboxPolicy } from '../inbox.policy';
import { Retention } from '../retention/retention.service';
import { AutoResetEvent } from './auto-reset-event';
import { EventLeases } from './event-leases.service';
import { isPoisonCandidate, OrphanRecovery } from './orphan-recovery.service';

@Injectable()
export class InboxWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhook');
  private readonly workAvailable = new AutoResetEvent();
  private readonly shutdown = new AbortController();
  private readonly inFlight = new Map<ClaimedEvent, Promise<void>>();
  private running: Promise<void> | undefined;
  private recoveredAtMs = -Infinity;
  private isDatabaseUnavailable = false;

  constructor(
    private readonly leases: EventLeases,
    private readonly orphans: OrphanRecovery,
    private readonly attempts: Attempts,
    private readonly invalidation: InvalidationPublisher,
    private readonly retention: Retention,
  ) {}

  start(): void {
    if (this.running !== undefined) return;
    this.running = this.runUntilShutdown();
    this.leases.start(() => [...this.inFlight.keys()]);
    this.retention.start(this.shutdown.signal);
  }

  /** Signals that an event may be due. */
  wake(): void {
    this.workAvailable.set();
  }

  /** Graceful shutdown: releases events that are being prepared, and waits for commits in progress. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('the worker is shutting down'));
    this.workAvailable.set();
    await this.running;
    await Promise.all(this.inFlight.values());
    await this.leases.stop();
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
    const free = this.freeSlots();
    const claimed = free === 0 ? [] : await this.leases.claim(free);
    for (const event of claimed) this.startAttempt(event);
    if (free === 0 || claimed.length < free) await this.workAvailable.wait(inboxPolicy.pollMs);
  }

  private isRecoveryDue(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.recoveredAtMs < inboxPolicy.pollMs) return false;
    this.recoveredAtMs = nowMs;
    return true;
  }

  private async recoverOrphans(): Promise<void> {
    const hasPoisonCandidate = [...this.inFlight.keys()].some(isPoisonCandidate);
    const { reclaimed, needingInvalidation, hasMore } = await this.orphans.reclaim(
      this.freeSlots(),
      hasPoisonCandidate,
    );
    for (const event of reclaimed) this.startAttempt(event);
    if (needingInvalidation.length > 0) {
      await this.invalidation.publish(...needingInvalidation);
      await this.invalidation.recordPublished();
    }
    if (hasMore) this.recoveredAtMs = -Infinity; // look for orphans again before new events are claimed
  }

  private freeSlots(): number {
    return inboxPolicy.concurrency - this.inFlight.size;
  }

  private startAttempt(event: ClaimedEvent): void {
    const attempt = this.attempts.run(event, this.shutdown.signal).finally(() => {
      this.inFlight.delete(event);
      this.workAvailable.set();
    });
    this.inFlight.set(event, attempt);
  }
}
