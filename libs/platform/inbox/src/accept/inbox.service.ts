/** Accepts events. Redis only speeds up the response to duplicates; results are the same without it. */
import { Injectable, Logger } from '@nestjs/common';
import type { EventState } from '../event-state';
import { InboxMetrics } from '../inbox-metrics.service';
import { InboxErrors } from '../inbox.errors';
import { InboxWorker } from '../work/inbox-worker.service';
import { DedupCache } from './dedup-cache.repository';
import { InboxWriter } from './inbox.writer';
import type { NewEvent } from './new-event';

export type Acceptance = { readonly kind: 'accepted' } | { readonly kind: 'duplicate'; readonly state: EventState };

@Injectable()
export class Inbox {
  private readonly logger = new Logger('Webhook');

  constructor(
    private readonly writer: InboxWriter,
    private readonly dedup: DedupCache,
    private readonly worker: InboxWorker,
    private readonly metrics: InboxMetrics,
  ) {}

  /** Throws INVALID_EVENT, EVENT_ID_REUSED, WEBHOOK_UNAVAILABLE. */
  async accept(event: NewEvent): Promise<Acceptance> {
    const { eventId, requestId, type, bodySha256 } = event;
    const finalState = await this.dedup.find(eventId, bodySha256);
    if (finalState !== undefined) return this.toDuplicate(finalState);
    const result = await this.writer.store(event);
    if (result.kind === 'duplicate') return this.toDuplicate(result.state);
    if (result.kind === 'conflict') throw this.toConflict(event);
    this.metrics.countDelivery('accepted');
    this.logger.log({ eventId, requestId, event: type, state: 'RECEIVED', msg: 'event accepted' });
    this.worker.wake();
    return { kind: 'accepted' };
  }

  private toDuplicate(state: EventState): Acceptance {
    this.metrics.countDelivery('duplicate');
    return { kind: 'duplicate', state };
  }

  private toConflict({ eventId, requestId, bodySha256 }: NewEvent): Error {
    this.metrics.countDelivery('conflict');
    this.logger.warn({ eventId, requestId, bodySha256, msg: 'event id reused with a different body' });
    return InboxErrors.EVENT_ID_REUSED.create(eventId);
  }
}
