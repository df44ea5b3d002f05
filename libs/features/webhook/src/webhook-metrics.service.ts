import { Inject, Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { EVENT_HANDLERS, type EventHandlers } from './event-handler.provider';

/** `lost`: the attempt was another's by then; `abandoned`: taken over from a process that was gone. */
export type AttemptResult = 'done' | 'skipped' | 'retry' | 'dead' | 'lost' | 'abandoned';

const DELIVERED = ['accepted', 'duplicate', 'conflict'] as const;

type Delivered = (typeof DELIVERED)[number];

@Injectable()
export class WebhookMetrics {
  private readonly deliveries: Counter<'outcome'>;
  private readonly attempts: Counter<'event' | 'result'>;

  constructor(
    registry: Registry,
    @Inject(EVENT_HANDLERS) private readonly effects: EventHandlers,
  ) {
    this.deliveries = new Counter({
      name: 'farmlokal_webhook_deliveries_total',
      help: 'Deliveries that were accepted, came before, or reuse the id of another event',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of DELIVERED) this.deliveries.inc({ outcome }, 0); // so that the first one is an increase
    this.attempts = new Counter({
      name: 'farmlokal_webhook_attempts_total',
      help: 'Attempts at events, by type (other: one we do nothing for) and result',
      labelNames: ['event', 'result'],
      registers: [registry],
    });
  }

  countDelivery(outcome: Delivered): void {
    this.deliveries.inc({ outcome });
  }

  /** Types that nothing is known of share a label: there is no end to them. */
  countAttempt(type: string, result: AttemptResult): void {
    this.attempts.inc({ event: Object.hasOwn(this.effects, type) ? type : 'other', result });
  }
}
