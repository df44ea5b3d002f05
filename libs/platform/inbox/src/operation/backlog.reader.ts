import { Injectable } from '@nestjs/common';
import { BoundedReader, databaseNowMs, dialectOf, sql } from '@platform/database';
import { DataSource } from 'typeorm';

export interface Backlog {
  readonly counts: Readonly<Record<'RECEIVED' | 'RETRY' | 'DEAD', number>>;
  readonly oldestDueSeconds: number;
}

/** Counting a backlog of a million takes half a second; a scrape waits ten seconds by default. */
const LIMIT_MS = 2_000;

@Injectable()
export class BacklogReader {
  constructor(
    private readonly reader: BoundedReader,
    private readonly dataSource: DataSource,
  ) {}

  /** Access paths: ix_webhook_events_state_id and ix_webhook_events_due_at_ms. */
  async read(): Promise<Backlog> {
    const now = databaseNowMs[dialectOf(this.dataSource)];
    const counted = await this.reader.read<{ state: string; n: number }>(
      sql`SELECT state, COUNT(*) AS n FROM webhook_events WHERE state IN ('RECEIVED', 'RETRY', 'DEAD') GROUP BY state`,
      LIMIT_MS,
    );
    const [oldest] = await this.reader.read<{ ageMs: number | null }>(
      sql`SELECT ${now} - MIN(due_at_ms) AS ageMs FROM webhook_events WHERE due_at_ms <= ${now}`,
      LIMIT_MS,
    );
    const countsByState = Object.fromEntries(counted.map(({ state, n }) => [state, n]));
    return {
      counts: { RECEIVED: 0, RETRY: 0, DEAD: 0, ...countsByState },
      oldestDueSeconds: (oldest?.ageMs ?? 0) / 1_000,
    };
  }
}
