import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { EVENT_EFFECTS, type EventEffects } from './event-handler.provider';

/** `lost`: the attempt no longer owned the event. `abandoned`: the event was reclaimed after its lease expired. */
export type AttemptResult = 'done' | 'skipped' | 'retry' | 'dead' | 'lost' | 'abandoned';

const DELIVERED = ['accepted', 'duplicate', 'conflict'] as const;

type Delivered = (typeof DELIVERED)[number];

@Injectable()
export class InboxMetrics {
  private readonly deliveries: Counter<'outcome'>;
  private readonly attempts: Counter<'event' | 'result'>;
  private readonly batchEvents: Histogram;

  constructor(
    registry: Registry,
    @Inject(EVENT_EFFECTS) private readonly effects: EventEffects,
  ) {
    this.deliveries = new Counter({
      name: 'farmlokal_webhook_deliveries_total',
      help: 'Deliveries by outcome: accepted, duplicate, or conflict (the id belongs to another event)',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of DELIVERED) this.deliveries.inc({ outcome }, 0); // so that the first delivery is an increase
    this.attempts = new Counter({
      name: 'farmlokal_webhook_attempts_total',
      help: 'Attempts by event type (other: no handler) and result',
      labelNames: ['event', 'result'],
      registers: [registry],
    });
    this.batchEvents = new Histogram({
      name: 'farmlokal_webhook_batch_events',
      help: 'Events per batch that the worker applies in one transaction',
      buckets: [1, 2, 5, 10, 20, 50, 100],
      registers: [registry],
    });
  }

  countDelivery(outcome: Delivered): void {
    this.deliveries.inc({ outcome });
  }

  observeBatch(events: number): void {
    this.batchEvents.observe(events);
  }

  /** Types without a handler share a label, which limits the cardinality. */
  countAttempt(type: string, result: AttemptResult): void {
    this.attempts.inc({ event: Object.hasOwn(this.effects.handlers, type) ? type : 'other', result });
  }
}
