import { Injectable } from '@nestjs/common';
import { databaseNowMs, dialectOf, execute, forUpdateSkipLocked, joinSql, select, sql } from '@platform/database';
import type { EntityManager } from 'typeorm';
import { inboxPolicy } from '../inbox.policy';

@Injectable()
export class RetentionRepository {
  /**
   * Must run inside a transaction. Returns the number of changed rows. Access paths: ix_webhook_events_forget_at_ms and
   * ix_webhook_conflicts_last_at_ms.
   */
  async purge(manager: EntityManager, limit: number): Promise<number> {
    const dialect = dialectOf(manager.dataSource);
    const now = databaseNowMs[dialect];
    const due = await select<{ id: number; hasPayload: number; state: string }>(
      manager,
      sql`SELECT id, state, payload IS NOT NULL AS hasPayload FROM webhook_events
          WHERE forget_at_ms <= ${now} ORDER BY forget_at_ms LIMIT ${limit} ${forUpdateSkipLocked[dialect]}`,
    );
    const keepsRow = ({ hasPayload, state }: { hasPayload: number; state: string }) =>
      hasPayload === 1 && state !== 'DEAD';
    const payloadsToDelete = due.filter(keepsRow).map(({ id }) => id);
    const rowsToDelete = due.filter((event) => !keepsRow(event)).map(({ id }) => id);
    if (payloadsToDelete.length > 0)
      await execute(
        manager,
        sql`UPDATE webhook_events SET payload = NULL, forget_at_ms = finished_at_ms + ${inboxPolicy.idKeptMs}
            WHERE id IN (${joinSql(payloadsToDelete, ', ')})`,
      );
    if (rowsToDelete.length > 0)
      await execute(manager, sql`DELETE FROM webhook_events WHERE id IN (${joinSql(rowsToDelete, ', ')})`);
    return due.length + (await this.purgeConflicts(manager, limit));
  }

  private async purgeConflicts(manager: EntityManager, limit: number): Promise<number> {
    const now = databaseNowMs[dialectOf(manager.dataSource)];
    const expired = await select<{ eventId: string; bodySha256: string }>(
      manager,
      sql`SELECT CAST(event_id AS CHAR) AS eventId, body_sha256 AS bodySha256 FROM webhook_conflicts
          WHERE last_at_ms <= ${now} - ${inboxPolicy.idKeptMs} ORDER BY last_at_ms LIMIT ${limit}`,
    );
    for (const { eventId, bodySha256 } of expired)
      await execute(
        manager,
        sql`DELETE FROM webhook_conflicts WHERE event_id = ${eventId} AND body_sha256 = ${bodySha256}`,
      );
    return expired.length;
  }
}
