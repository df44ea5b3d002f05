/** Accepts deliveries. Redis only speeds up the response to duplicates; results are the same without it. */
import { Injectable, Logger } from '@nestjs/common';
import { Failpoints } from '@platform/resilience';
import { toNewEvent, type Delivery, type NewEvent } from './delivery/delivery';
import type { EventState } from './event-state';
import { InboxService } from './inbox/inbox.service';
import { DedupCache } from './inbox/dedup-cache.repository';
import { WebhookErrors } from './webhook.errors';
import { WebhookMetrics } from './webhook-metrics.service';
import type { AcceptedResponse, DuplicateResponse } from './webhook.response';
import { WebhookWorker } from './work/webhook-worker.service';

@Injectable()
export class WebhookService {
  private readonly logger = new Logger('Webhook');

  constructor(
    private readonly inbox: InboxService,
    private readonly dedup: DedupCache,
    private readonly worker: WebhookWorker,
    private readonly metrics: WebhookMetrics,
    private readonly failpoints: Failpoints,
  ) {}

  /** Throws INVALID_EVENT, EVENT_ID_REUSED, WEBHOOK_UNAVAILABLE. */
  async accept(delivery: Delivery): Promise<AcceptedResponse | DuplicateResponse> {
    await this.failpoints.at('in.received');
    const event = toNewEvent(delivery);
    const finalState = await this.dedup.find(event.eventId, event.bodySha256);
    if (finalState !== undefined) return this.toDuplicate(event, finalState);
    const acceptance = await this.inbox.accept(event);
    if (acceptance.kind === 'duplicate') return this.toDuplicate(event, acceptance.state);
    if (acceptance.kind === 'conflict') throw this.toConflict(event);
    this.metrics.countDelivery('accepted');
    const { eventId, requestId, type } = event;
    this.logger.log({ eventId, requestId, event: type, state: 'RECEIVED', msg: 'event accepted' });
    this.worker.wake();
    return { status: 'accepted', eventId };
  }

  private toDuplicate({ eventId }: NewEvent, state: EventState): DuplicateResponse {
    this.metrics.countDelivery('duplicate');
    return { status: 'duplicate', eventId, state };
  }

  private toConflict({ eventId, requestId, bodySha256 }: NewEvent): Error {
    this.metrics.countDelivery('conflict');
    this.logger.warn({ eventId, requestId, bodySha256, msg: 'event id reused with a different body' });
    return WebhookErrors.EVENT_ID_REUSED.create(eventId);
  }
}
