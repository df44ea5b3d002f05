/** Leases of the events that this process has claimed. They are renewed at an interval. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, SingleFlight } from '@platform/resilience';
import type { ClaimedEvent } from '../attempts/claimed-event';
import { WorkRepository } from '../attempts/work.repository';
import { inboxPolicy } from '../inbox.policy';

@Injectable()
export class EventLeases {
  private readonly logger = new Logger('Webhook');
  private readonly renewals = new SingleFlight<'renewal', void>();
  private inFlight: () => ClaimedEvent[] = () => [];
  private stopRenewing: (() => void) | undefined;

  constructor(
    private readonly work: WorkRepository,
    private readonly clock: Clock,
  ) {}

  claim(count: number): Promise<ClaimedEvent[]> {
    return this.work.claim(count);
  }

  /** Renews the leases of the events in flight until `stop`. */
  start(inFlight: () => ClaimedEvent[]): void {
    this.inFlight = inFlight;
    this.stopRenewing ??= this.clock.every(inboxPolicy.renewMs, () => void this.renew());
  }

  stop(): void {
    this.stopRenewing?.();
  }

  private renew(): Promise<void> {
    return this.renewals.run('renewal', () => this.renewOnce());
  }

  /** A failed renewal is retried at the next interval; if a lease expires, another worker reclaims the event. */
  private async renewOnce(): Promise<void> {
    try {
      const events = this.inFlight();
      if (events.length > 0) await this.work.renew(events);
    } catch (error) {
      this.logger.debug({ err: error, msg: 'the renewal of leases failed' });
    }
  }
}
