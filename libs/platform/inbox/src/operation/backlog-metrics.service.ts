/** Metrics of the backlog, read from the database at each scrape; omitted if the database is unavailable. */
import { Injectable } from '@nestjs/common';
import { SingleFlight } from '@platform/resilience';
import { Gauge, Registry } from 'prom-client';
import { BacklogReader, type Backlog } from './backlog.reader';

@Injectable()
export class BacklogMetrics {
  private readonly reads = new SingleFlight<'backlog', Backlog | undefined>();

  constructor(
    registry: Registry,
    private readonly backlog: BacklogReader,
  ) {
    const read = () => this.readOnce();
    new Gauge({
      name: 'farmlokal_webhook_events',
      aggregator: 'first',
      help: 'Events by state: waiting for an attempt (RECEIVED, RETRY) or for an operator (DEAD)',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        this.reset();
        const backlog = await read();
        for (const [state, count] of Object.entries(backlog?.counts ?? {})) this.set({ state }, count);
      },
    });
    new Gauge({
      name: 'farmlokal_webhook_oldest_due_seconds',
      aggregator: 'max',
      help: 'Time since the oldest due event became due; 0 if no event is due',
      registers: [registry],
      async collect() {
        this.set((await read())?.oldestDueSeconds ?? NaN);
      },
    });
  }

  /** Both gauges share one read. */
  private readOnce(): Promise<Backlog | undefined> {
    return this.reads.run('backlog', () => this.backlog.read().catch(() => undefined));
  }
}
