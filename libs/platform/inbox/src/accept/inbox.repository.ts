/** The inbox for deliveries. Callers pass the manager of their transaction or connection. */
import { Injectable } from '@nestjs/common';
import {
  databaseNowMs,
  dialectOf,
  execute,
  isDuplicateEntry,
  joinSql,
  select,
  sql,
  trustedSql,
} from '@platform/database';
import { Failpoints } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { EventState } from '../event-state';
import type { NewEvent } from './new-event';

export interface StoredEvent {
  readonly eventId: string;
  readonly state: EventState;
  readonly bodySha256: string;
  readonly requestId: string;
}

const COUNT_AGAIN = {
  mysql: trustedSql(
    'ON DUPLICATE KEY UPDATE times = times + 1, request_id = VALUES(request_id), last_at_ms = VALUES(last_at_ms)',
  ),
  sqlite: trustedSql(
    'ON CONFLICT DO UPDATE SET times = times + 1, request_id = excluded.request_id, last_at_ms = excluded.last_at_ms',
  ),
} as const;

@Injectable()
export class InboxRepository {
  constructor(private readonly failpoints: Failpoints) {}

  /**
   * Reads by uq_webhook_events_event_id without a lock, and returns the events by id. Run it before `insert`: an INSERT
   * of an existing id waits for the row lock.
   */
  async find(manager: EntityManager, eventIds: readonly string[]): Promise<ReadonlyMap<string, StoredEvent>> {
    const rows = await select<StoredEvent>(
      manager,
      sql`SELECT CAST(event_id AS CHAR) AS eventId, state, body_sha256 AS bodySha256, request_id AS requestId
          FROM webhook_events WHERE event_id IN (${joinSql(eventIds, ', ')})`,
    );
    return new Map(rows.map((row) => [row.eventId, row]));
  }

  /**
   * Inserts all events or none; returns false if one of the ids exists already. Uses a plain INSERT, because INSERT
   * IGNORE would also ignore values that do not fit their columns.
   */
  async insert(manager: EntityManager, events: readonly NewEvent[]): Promise<boolean> {
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    const rows = events.map(
      ({ eventId, bodySha256, type, payload, requestId }) =>
        sql`(${eventId}, ${bodySha256}, ${type}, ${payload}, ${requestId}, 'RECEIVED', ${now}, ${now})`,
    );
    try {
      const inserting = execute(
        manager,
        sql`INSERT INTO webhook_events
              (event_id, body_sha256, type, payload, request_id, state, received_at_ms, due_at_ms)
            VALUES ${joinSql(rows, ', ')}`,
      );
      await this.failpoints.at('in.insert.sent');
      await inserting;
      return true;
    } catch (error) {
      if (isDuplicateEntry(error)) return false;
      throw error;
    }
  }

  /** Upserts one row per id and body, which counts the deliveries. */
  async recordConflict(manager: EntityManager, { eventId, bodySha256, payload, requestId }: NewEvent): Promise<void> {
    const dialect = dialectOf(manager.dataSource);
    await execute(
      manager,
      sql`INSERT INTO webhook_conflicts (event_id, body_sha256, body_bytes, request_id, last_at_ms)
          VALUES (${eventId}, ${bodySha256}, ${Buffer.byteLength(payload)}, ${requestId}, ${databaseNowMs[dialect]})
          ${COUNT_AGAIN[dialect]}`,
    );
  }
}
