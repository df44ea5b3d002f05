/**
 * Applies accepted events: in each replica, or alone (`npm run cli -- work`). Woken by an accept of this process, and
 * otherwise looking twice a second for what is due and for what was left behind. While the database is away it waits.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { webhookPolicy } from '../webhook.policy';
import { Announcer } from './announcer.service';
import { Attempts } from './attempts.service';
import { Bell } from './bell';
import type { ClaimedEvent } from './claimed-event';
import { isSuspect, LeftBehindEvents } from './left-behind.service';
import { Retention } from './retention.service';
import { WorkRepository } from './work.repository';

@Injectable()
export class WebhookWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhook');
  private readonly bell = new Bell();
  private readonly ending = new AbortController();
  private readonly inHand = new Map<ClaimedEvent, Promise<void>>();
  private running: Promise<void> | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private lookedAtMs = -Infinity;
  private isDatabaseAway = false;
  private isRenewing = false;

  constructor(
    private readonly work: WorkRepository,
    private readonly leftBehind: LeftBehindEvents,
    private readonly attempts: Attempts,
    private readonly announcer: Announcer,
    private readonly retention: Retention,
  ) {}

  start(): void {
    if (this.running !== undefined) return;
    this.running = this.workUntilEnding();
    this.renewing = setInterval(() => void this.renew(), webhookPolicy.renewMs);
    this.retention.start(this.ending.signal);
  }

  /** There may be something to do. */
  wake(): void {
    this.bell.ring();
  }

  /** What is being asked is given up and due again, what is being written is committed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort(new Error('the worker is shutting down'));
    this.bell.ring();
    await this.running;
    await Promise.all(this.inHand.values());
    clearInterval(this.renewing);
    if (this.running !== undefined) await this.renew();
  }

  private async workUntilEnding(): Promise<void> {
    while (!this.ending.signal.aborted) {
      try {
        await this.turn();
        this.isDatabaseAway = false;
      } catch (error) {
        if (!this.isDatabaseAway) this.logger.warn({ err: error, msg: 'the inbox cannot be worked on; waiting' });
        this.isDatabaseAway = true;
        await this.bell.wait(webhookPolicy.pollMs);
      }
    }
  }

  private async turn(): Promise<void> {
    if (this.isTimeToLook()) await this.goOnWithLeft();
    const free = this.freeLanes();
    const claimed = free === 0 ? [] : await this.work.claim(free);
    for (const event of claimed) this.begin(event);
    if (free === 0 || claimed.length < free) await this.bell.wait(webhookPolicy.pollMs);
  }

  private isTimeToLook(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.lookedAtMs < webhookPolicy.pollMs) return false;
    this.lookedAtMs = nowMs;
    return true;
  }

  private async goOnWithLeft(): Promise<void> {
    const hasSuspect = [...this.inHand.keys()].some(isSuspect);
    const { takenOver, untold, isMore } = await this.leftBehind.takeOver(this.freeLanes(), hasSuspect);
    for (const event of takenOver) this.begin(event);
    if (untold.length > 0) {
      await this.announcer.tell(...untold);
      await this.announcer.settle();
    }
    if (isMore) this.lookedAtMs = -Infinity; // before anything new is claimed
  }

  private freeLanes(): number {
    return webhookPolicy.lanes - this.inHand.size;
  }

  private begin(event: ClaimedEvent): void {
    const attempt = this.attempts.make(event, this.ending.signal).finally(() => {
      this.inHand.delete(event);
      this.bell.ring();
    });
    this.inHand.set(event, attempt);
  }

  /** Where it fails, the next one does it, or another worker goes on. */
  private async renew(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      if (this.inHand.size > 0) await this.work.renew([...this.inHand.keys()]);
      await this.announcer.settle();
    } catch (error) {
      this.logger.debug({ err: error, msg: 'leases were not renewed' });
    } finally {
      this.isRenewing = false;
    }
  }
}
