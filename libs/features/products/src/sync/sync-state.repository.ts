/** Who follows the source, and how far he is. Times are the database's, so that clocks of replicas do not matter. */
import { Injectable } from '@nestjs/common';
import { databaseNowMs, dialectOf, execute, forUpdate, select, sql } from '@platform/database';
import type { EntityManager } from 'typeorm';
import { syncPolicy } from './sync.policy';

export interface SyncPosition {
  /** Null before the first page. */
  readonly nextCursor: string | null;
  /** Somebody began and did not come to an end. */
  readonly wasInterrupted: boolean;
}

@Injectable()
export class SyncStateRepository {
  /** Undefined where somebody else is at it, or it was finished more recently than `minIntervalMs`. Inside a transaction. */
  async acquireLease(manager: EntityManager, owner: string, minIntervalMs: number): Promise<SyncPosition | undefined> {
    const nowMs = databaseNowMs[dialectOf(manager.dataSource)];
    const [before] = await select<{ nextCursor: string | null; owner: string | null }>(
      manager,
      sql`SELECT next_cursor AS nextCursor, owner FROM sync_state WHERE id = 1
          ${forUpdate[dialectOf(manager.dataSource)]}`,
    );
    const taken = await execute(
      manager,
      sql`UPDATE sync_state SET owner = ${owner}, lease_until_ms = ${nowMs} + ${syncPolicy.leaseMs}
          WHERE id = 1 AND (lease_until_ms IS NULL OR lease_until_ms <= ${nowMs})
            AND (finished_at_ms IS NULL OR finished_at_ms <= ${nowMs} - ${minIntervalMs})`,
    );
    if (taken === 0) return undefined;
    return { nextCursor: before?.nextCursor ?? null, wasInterrupted: (before?.owner ?? null) !== null };
  }

  /** False where it is another's by now. */
  async renewLease(manager: EntityManager, owner: string): Promise<boolean> {
    const nowMs = databaseNowMs[dialectOf(manager.dataSource)];
    const renewed = await execute(
      manager,
      sql`UPDATE sync_state SET lease_until_ms = ${nowMs} + ${syncPolicy.leaseMs} WHERE id = 1 AND owner = ${owner}`,
    );
    return renewed > 0;
  }

  /** Must run inside the transaction of what was read up to there. */
  async advance(manager: EntityManager, owner: string, nextCursor: string): Promise<void> {
    await execute(manager, sql`UPDATE sync_state SET next_cursor = ${nextCursor} WHERE id = 1 AND owner = ${owner}`);
  }

  async finish(manager: EntityManager, owner: string, isComplete: boolean): Promise<void> {
    const finishedAtMs = isComplete ? databaseNowMs[dialectOf(manager.dataSource)] : sql`finished_at_ms`;
    await execute(
      manager,
      sql`UPDATE sync_state SET owner = NULL, lease_until_ms = NULL, finished_at_ms = ${finishedAtMs}
          WHERE id = 1 AND owner = ${owner}`,
    );
  }
}
