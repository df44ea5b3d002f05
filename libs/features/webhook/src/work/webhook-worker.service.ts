/**
 * Applies accepted events, in each replica or in a separate process (`npm run cli -- work`). An event that this process
 * accepts wakes the worker. It also polls for due events and orphans twice a second, and waits while the database is
 * unavailable.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { webhookPolicy } from '../webhook.policy';
import { InvalidationPublisher } from './invalidation-publisher.service';
import { Attempts } from './attempts.service';
import { AutoResetEvent } from './auto-reset-event';
import type { ClaimedEvent } from './claimed-event';
import { isPoisonCandidate, OrphanRecovery } from './orphan-recovery.service';
import { Retention } from './retention.service';
import { WorkRepository } from './work.repository';

@Injectable()
export class WebhookWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhook');
  private readonly workAvailable = new AutoResetEvent();
  private readonly shutdown = new AbortController();
  private readonly inFlight = new Map<ClaimedEvent, Promise<void>>();
  private running: Promise<void> | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private recoveredAtMs = -Infinity;
  private isDatabaseUnavailable = false;
  private isRenewing = false;

  constructor(
    private readonly work: WorkRepository,
    private readonly orphans: OrphanRecovery,
    private readonly attempts: Attempts,
    private readonly invalidation: InvalidationPublisher,
    private readonly retention: Retention,
  ) {}

  start(): void {
    if (this.running !== undefined) return;
    this.running = this.runUntilShutdown();
    this.renewing = setInterval(() => void this.renewLeases(), webhookPolicy.renewMs);
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
    clearInterval(this.renewing);
    if (this.running !== undefined) await this.renewLeases();
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
        await this.workAvailable.wait(webhookPolicy.pollMs);
      }
    }
  }

  private async runOnce(): Promise<void> {
    if (this.isRecoveryDue()) await this.recoverOrphans();
    const free = this.freeSlots();
    const claimed = free === 0 ? [] : await this.work.claim(free);
    for (const event of claimed) this.startAttempt(event);
    if (free === 0 || claimed.length < free) await this.workAvailable.wait(webhookPolicy.pollMs);
  }

  private isRecoveryDue(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.recoveredAtMs < webhookPolicy.pollMs) return false;
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
    return webhookPolicy.concurrency - this.inFlight.size;
  }

  private startAttempt(event: ClaimedEvent): void {
    const attempt = this.attempts.run(event, this.shutdown.signal).finally(() => {
      this.inFlight.delete(event);
      this.workAvailable.set();
    });
    this.inFlight.set(event, attempt);
  }

  /** A failed renewal is retried at the next interval; if the lease expires, another worker reclaims the event. */
  private async renewLeases(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      if (this.inFlight.size > 0) await this.work.renew([...this.inFlight.keys()]);
      await this.invalidation.recordPublished();
    } catch (error) {
      this.logger.debug({ err: error, msg: 'the renewal of leases failed' });
    } finally {
      this.isRenewing = false;
    }
  }
}
