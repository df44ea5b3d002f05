/** Operator access to the inbox: list and find events, and replay a dead letter. */
import { Injectable } from '@nestjs/common';
import { databaseNowMs, dialectOf, execute, forUpdate, select, sql, WriteDatabase } from '@platform/database';
import type { EntityManager } from 'typeorm';
import type { EventState } from '../event-state';

export interface EventSummary {
  readonly eventId: string;
  readonly type: string;
  readonly state: EventState;
  readonly attempts: number;
  readonly receivedAtMs: number;
  readonly lastError: string | null;
}

export interface EventConflict {
  readonly bodySha256: string;
  readonly bodyBytes: number;
  readonly times: number;
  readonly lastAtMs: number;
  readonly requestId: string;
}

export interface EventDetails extends EventSummary {
  readonly requestId: string;
  readonly bodySha256: string;
  readonly abandoned: number;
  readonly dueAtMs: number | null;
  readonly leaseUntilMs: number | null;
  readonly finishedAtMs: number | null;
  readonly replays: number;
  readonly replayedAtMs: number | null;
  /** Null once it is purged. */
  readonly payload: string | null;
  readonly conflicts: readonly EventConflict[];
}

export type Replay = 'replayed' | 'unknown' | EventState;

const DEADLINE_MS = 10_000;

/** Most recent conflicts; a sender that uses one id for all events has more. */
const MAX_CONFLICTS = 100;

const SUMMARY = sql`CAST(event_id AS CHAR) AS eventId, type, state, attempts, received_at_ms AS receivedAtMs, last_error AS lastError`;

const DETAILS = sql`${SUMMARY}, request_id AS requestId, body_sha256 AS bodySha256, abandoned, due_at_ms AS dueAtMs,
  lease_until_ms AS leaseUntilMs, finished_at_ms AS finishedAtMs, replays, replayed_at_ms AS replayedAtMs, payload`;

@Injectable()
export class InboxOperator {
  constructor(private readonly database: WriteDatabase) {}

  /** Returns the most recent events first. Access paths: the primary key, or ix_webhook_events_state_id. */
  list({ state, limit }: { state: EventState | undefined; limit: number }): Promise<EventSummary[]> {
    const where = state === undefined ? sql`` : sql`WHERE state = ${state}`;
    const latest = sql`SELECT ${SUMMARY} FROM webhook_events ${where} ORDER BY id DESC LIMIT ${limit}`;
    return this.run((manager) => select<EventSummary>(manager, latest));
  }

  find(eventId: string): Promise<EventDetails | undefined> {
    return this.run(async (manager) => {
      const [event] = await select<Omit<EventDetails, 'conflicts'>>(
        manager,
        sql`SELECT ${DETAILS} FROM webhook_events WHERE event_id = ${eventId}`,
      );
      return event && { ...event, conflicts: await this.findConflicts(manager, eventId) };
    });
  }

  /** Resets a DEAD event to RECEIVED, with the full number of attempts. Returns the state of any other event. */
  replay(eventId: string): Promise<Replay> {
    return this.database.runInTransaction(DEADLINE_MS, async (manager) => {
      const dialect = dialectOf(manager.dataSource);
      const [event] = await select<{ id: number; state: EventState }>(
        manager,
        sql`SELECT id, state FROM webhook_events WHERE event_id = ${eventId} ${forUpdate[dialect]}`,
      );
      if (event?.state !== 'DEAD') return event?.state ?? 'unknown';
      const now = databaseNowMs[dialect];
      await execute(
        manager,
        sql`UPDATE webhook_events
            SET state = 'RECEIVED', earlier_attempts = attempts, abandoned = 0, due_at_ms = ${now}, finished_at_ms = NULL,
                forget_at_ms = NULL, replays = replays + 1, replayed_at_ms = ${now}
            WHERE id = ${event.id}`,
      );
      return 'replayed';
    });
  }

  private findConflicts(manager: EntityManager, eventId: string): Promise<EventConflict[]> {
    return select(
      manager,
      sql`SELECT body_sha256 AS bodySha256, body_bytes AS bodyBytes, times, last_at_ms AS lastAtMs, request_id AS requestId
          FROM webhook_conflicts WHERE event_id = ${eventId} ORDER BY last_at_ms DESC LIMIT ${MAX_CONFLICTS}`,
    );
  }

  private run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.run(DEADLINE_MS, work);
  }
}
