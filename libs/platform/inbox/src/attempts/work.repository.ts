/**
 * The inbox for workers. While an event is being prepared, its lease excludes other workers. While it is being written,
 * a row lock does, which the server releases if the connection ends. The number of the attempt is the fencing token of
 * every write, so that a paused worker whose event was reclaimed changes nothing.
 */
import { Injectable } from '@nestjs/common';
import {
  BackgroundWrites,
  databaseNowMs,
  dialectOf,
  execute,
  forUpdate,
  forUpdateSkipLocked,
  joinSql,
  select,
  sql,
  trustedSql,
  WriteDatabase,
  type Dialect,
  type SqlFragment,
} from '@platform/database';
import { Failpoints } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { inboxPolicy } from '../inbox.policy';
import type { ClaimedEvent } from './claimed-event';

/** Event with an expired lease: its worker has died. */
export interface OrphanedEvent extends Omit<ClaimedEvent, 'attempt'> {
  readonly state: 'RECEIVED' | 'RETRY';
  readonly attempts: number;
}

type Attempt = Pick<ClaimedEvent, 'id' | 'attempt'>;

/** Forces the primary key: through the lease index the server could lock rows of other workers. */
const BY_ID: Record<Dialect, SqlFragment> = { mysql: trustedSql('FORCE INDEX (PRIMARY)'), sqlite: trustedSql('') };

const BY_DUE: Record<Dialect, SqlFragment> = {
  mysql: trustedSql('FORCE INDEX (ix_webhook_events_due_at_ms)'),
  sqlite: trustedSql('INDEXED BY ix_webhook_events_due_at_ms'),
};

const BY_LEASE: Record<Dialect, SqlFragment> = {
  mysql: trustedSql('FORCE INDEX (ix_webhook_events_lease_until_ms)'),
  sqlite: trustedSql('INDEXED BY ix_webhook_events_lease_until_ms'),
};

const COLUMNS = sql`id, CAST(event_id AS CHAR) AS eventId, request_id AS requestId, type, payload,
  body_sha256 AS bodySha256, state, attempts, earlier_attempts AS earlierAttempts, abandoned`;

const IS_CLAIMED = trustedSql(`state IN ('RECEIVED', 'RETRY') AND lease_until_ms IS NOT NULL`);

const ORPHANS = {
  'abandoned-before': trustedSql(`abandoned > 0 AND state <> 'DONE'`),
  others: trustedSql(`abandoned = 0 AND state <> 'DONE'`),
} as const;

@Injectable()
export class WorkRepository {
  constructor(
    private readonly background: BackgroundWrites,
    private readonly database: WriteDatabase,
    private readonly failpoints: Failpoints,
  ) {}

  /** Claims the events that have been due for longest. */
  claim(limit: number): Promise<ClaimedEvent[]> {
    return this.background.runInTransaction(inboxPolicy.transactionDeadlineMs, (manager) =>
      this.claimDue(manager, limit),
    );
  }

  /**
   * Extends the leases of these attempts, even while transactions that wait for locks use every connection for
   * background work. Skips rows that are being written, whose row locks exclude other workers.
   */
  renew(attempts: readonly Attempt[]): Promise<void> {
    return this.database.runInTransaction(inboxPolicy.transactionDeadlineMs, async (manager) => {
      const dialect = dialectOf(manager.dataSource);
      const rows = await select<{ id: number; attempts: number }>(
        manager,
        sql`SELECT id, attempts FROM webhook_events ${BY_ID[dialect]}
            WHERE id IN (${idsOf(attempts)}) AND ${IS_CLAIMED} ${forUpdateSkipLocked[dialect]}`,
      );
      const owned = ownedOf(attempts, rows);
      if (owned.length === 0) return;
      const until = sql`${databaseNowMs[dialect]} + ${inboxPolicy.leaseMs}`;
      await execute(
        manager,
        sql`UPDATE webhook_events ${BY_ID[dialect]} SET lease_until_ms = ${until}
            WHERE id IN (${joinSql(owned, ', ')}) AND lease_until_ms < ${until}`,
      );
    });
  }

  /**
   * Locks events with an expired lease, either those that were abandoned before or all others. Must run inside a
   * transaction.
   */
  async findOrphans(
    manager: EntityManager,
    limit: number,
    kind: 'abandoned-before' | 'others',
  ): Promise<OrphanedEvent[]> {
    const dialect = dialectOf(manager.dataSource);
    return select<OrphanedEvent>(
      manager,
      sql`SELECT ${COLUMNS} FROM webhook_events ${BY_LEASE[dialect]}
          WHERE lease_until_ms <= ${databaseNowMs[dialect]} AND ${ORPHANS[kind]} ORDER BY lease_until_ms, id
          LIMIT ${limit} ${forUpdateSkipLocked[dialect]}`,
    );
  }

  /** Reclaims an event whose lease has expired. Must run inside the transaction that locked it. */
  async reclaim(manager: EntityManager, event: OrphanedEvent, leaseMs: number): Promise<ClaimedEvent> {
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    await execute(
      manager,
      sql`UPDATE webhook_events
          SET attempts = attempts + 1, abandoned = abandoned + 1, lease_until_ms = ${now} + ${leaseMs}
          WHERE id = ${event.id}`,
    );
    return { ...toClaimed(event), abandoned: event.abandoned + 1 };
  }

  /**
   * Locks the events until the end of the transaction. Returns the ids of those that the attempts still own. May wait
   * briefly for the row locks of a renewal or a reclaim. Must run inside a transaction.
   */
  async lock(manager: EntityManager, attempts: readonly Attempt[]): Promise<ReadonlySet<number>> {
    const dialect = dialectOf(manager.dataSource);
    const rows = await select<{ id: number; attempts: number }>(
      manager,
      sql`SELECT id, attempts FROM webhook_events ${BY_ID[dialect]}
          WHERE id IN (${idsOf(attempts)}) AND ${IS_CLAIMED} ${forUpdate[dialect]}`,
    );
    return new Set(ownedOf(attempts, rows));
  }

  /** Sets the final state of events, in the transaction of their effects. */
  async finish(manager: EntityManager, ids: readonly number[], state: 'DONE' | 'SKIPPED'): Promise<void> {
    if (ids.length === 0) return;
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    await execute(
      manager,
      sql`UPDATE webhook_events
          SET state = ${state}, last_error = NULL, lease_until_ms = NULL,
              finished_at_ms = ${now}, forget_at_ms = ${now} + ${inboxPolicy.payloadKeptMs}
          WHERE id IN (${joinSql(ids, ', ')})`,
    );
  }

  /** Returns false if the attempt no longer owns the event, or was committed after all. */
  async scheduleRetry(manager: EntityManager, attempt: Attempt, delayMs: number, reason: string): Promise<boolean> {
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    const changed = await execute(
      manager,
      sql`UPDATE webhook_events
          SET state = 'RETRY', due_at_ms = ${now} + ${delayMs}, lease_until_ms = NULL, last_error = ${reason}
          WHERE id = ${attempt.id} AND attempts = ${attempt.attempt} AND ${IS_CLAIMED}`,
    );
    return changed > 0;
  }

  /** Makes the events due at once and does not count the attempts. */
  async release(manager: EntityManager, attempts: readonly Attempt[]): Promise<void> {
    const dialect = dialectOf(manager.dataSource);
    const isOwned = attempts.map(({ id, attempt }) => sql`(id = ${id} AND attempts = ${attempt})`);
    await execute(
      manager,
      sql`UPDATE webhook_events ${BY_ID[dialect]}
          SET attempts = attempts - 1, due_at_ms = ${databaseNowMs[dialect]}, lease_until_ms = NULL
          WHERE (${joinSql(isOwned, ' OR ')}) AND ${IS_CLAIMED}`,
    );
  }

  /**
   * Makes the event a dead letter; returns as `scheduleRetry` does. Its payload is kept as long as its id, so that it
   * can be replayed.
   */
  async moveToDeadLetter(manager: EntityManager, attempt: Attempt, reason: string): Promise<boolean> {
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    const changed = await execute(
      manager,
      sql`UPDATE webhook_events
          SET state = 'DEAD', lease_until_ms = NULL, last_error = ${reason},
              finished_at_ms = ${now}, forget_at_ms = ${now} + ${inboxPolicy.idKeptMs}
          WHERE id = ${attempt.id} AND attempts = ${attempt.attempt} AND ${IS_CLAIMED}`,
    );
    return changed > 0;
  }

  private async claimDue(manager: EntityManager, limit: number): Promise<ClaimedEvent[]> {
    const dialect = dialectOf(manager.dataSource);
    const now = databaseNowMs[dialect];
    const due = await select<OrphanedEvent>(
      manager,
      sql`SELECT ${COLUMNS} FROM webhook_events ${BY_DUE[dialect]}
          WHERE due_at_ms <= ${now} ORDER BY due_at_ms, id LIMIT ${limit} ${forUpdateSkipLocked[dialect]}`,
    );
    if (due.length === 0) return [];
    await this.failpoints.at('wk.due.locked');
    await execute(
      manager,
      sql`UPDATE webhook_events
          SET attempts = attempts + 1, due_at_ms = NULL, lease_until_ms = ${now} + ${inboxPolicy.leaseMs}
          WHERE id IN (${idsOf(due)})`,
    );
    return due.map(toClaimed);
  }
}

function idsOf(events: readonly { readonly id: number }[]): SqlFragment {
  return joinSql(
    events.map(({ id }) => id),
    ', ',
  );
}

/** Returns the ids of the rows whose current attempt is one of these. */
function ownedOf(attempts: readonly Attempt[], rows: readonly { readonly id: number; readonly attempts: number }[]) {
  const attemptOf = new Map(attempts.map(({ id, attempt }) => [id, attempt]));
  return rows.filter((row) => attemptOf.get(row.id) === row.attempts).map(({ id }) => id);
}

function toClaimed({ state: _, attempts, ...event }: OrphanedEvent): ClaimedEvent {
  return { ...event, attempt: attempts + 1 };
}
