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
import { LeftBehindEvents } from './left-behind.service';
import { Retention } from './retention.service';
import { WorkRepository } from './work.repository';

@Injectable()
export class WebhookWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhook');
  private readonly bell = new Bell();
  private readonly ending = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  /** Whose leases have to be renewed: of the others, the row is locked. */
  private readonly asking = new Map<number, ClaimedEvent>();
  private running: Promise<void> | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private lookedAtMs = -Infinity;
  private isDatabaseAway = false;

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
    await Promise.all(this.inHand);
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
    const isSuspectWaiting = this.isTimeToLook() && (await this.goOnWithLeft());
    const free = webhookPolicy.lanes - this.inHand.size;
    const claimed = isSuspectWaiting || free === 0 ? [] : await this.work.claim(free);
    for (const event of claimed) this.begin(event);
    if (free === 0 || claimed.length < free) await this.bell.wait(webhookPolicy.pollMs);
  }

  private isTimeToLook(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.lookedAtMs < webhookPolicy.pollMs) return false;
    this.lookedAtMs = nowMs;
    return true;
  }

  /** True where something waits for this worker to have nothing else in hand. */
  private async goOnWithLeft(): Promise<boolean> {
    const free = webhookPolicy.lanes - this.inHand.size;
    const { takenOver, suspect, untold } = await this.leftBehind.takeOver(free, this.inHand.size === 0);
    if (untold.length > 0) await this.announcer.tell(...untold);
    for (const event of takenOver) this.begin(event);
    if (suspect === 'later') this.lookedAtMs = -Infinity;
    else if (suspect !== undefined) await this.attempt(suspect);
    return suspect === 'later';
  }

  private begin(event: ClaimedEvent): void {
    const attempt = this.attempt(event).finally(() => {
      this.inHand.delete(attempt);
      this.bell.ring();
    });
    this.inHand.add(attempt);
  }

  private async attempt(event: ClaimedEvent): Promise<void> {
    this.asking.set(event.id, event);
    await this.attempts.make(event, this.ending.signal, () => this.asking.delete(event.id));
    this.asking.delete(event.id);
  }

  /** Where it fails, the next one does it, or another worker goes on. */
  private async renew(): Promise<void> {
    const asking = [...this.asking.values()];
    try {
      if (asking.length > 0) await this.work.renew(asking);
      await this.announcer.settle();
    } catch (error) {
      this.logger.debug({ err: error, msg: 'leases were not renewed' });
    }
  }
}
