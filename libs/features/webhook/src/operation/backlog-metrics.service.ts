/** What waits in the inbox, asked of the database whenever the metrics are. Without it, they say nothing of the inbox. */
import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { BacklogReader, type Backlog } from './backlog.reader';

@Injectable()
export class BacklogMetrics {
  private reading: Promise<Backlog | undefined> | undefined;

  constructor(
    registry: Registry,
    private readonly backlog: BacklogReader,
  ) {
    const read = () => this.readOnce();
    new Gauge({
      name: 'farmlokal_webhook_events',
      aggregator: 'first',
      help: 'Events that wait for an attempt (RECEIVED, RETRY) or an operator (DEAD), by state',
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
      help: 'For how long the event that has waited longest has been due; 0 where none is',
      registers: [registry],
      async collect() {
        this.set((await read())?.oldestDueSeconds ?? NaN);
      },
    });
  }

  /** For all that ask at the same time. */
  private readOnce(): Promise<Backlog | undefined> {
    this.reading ??= this.backlog
      .read()
      .catch(() => undefined)
      .finally(() => (this.reading = undefined));
    return this.reading;
  }
}
