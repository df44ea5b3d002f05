/** Stores the lease and the position of the partner sync. All times are from the database clock, not from replicas. */
import { Injectable } from '@nestjs/common';
import { databaseNowMs, dialectOf, execute, forUpdate, select, sql } from '@platform/database';
import type { EntityManager } from 'typeorm';
import { syncPolicy } from './sync.policy';

export interface SyncPosition {
  /** Null before the first page. */
  readonly nextCursor: string | null;
}

@Injectable()
export class SyncStateRepository {
  /**
   * Returns undefined if another process holds the lease, or if a run was completed less than `minIntervalMs` ago. Must
   * run inside a transaction.
   */
  async acquireLease(manager: EntityManager, owner: string, minIntervalMs: number): Promise<SyncPosition | undefined> {
    const nowMs = databaseNowMs[dialectOf(manager.dataSource)];
    const [previous] = await select<SyncPosition>(
      manager,
      sql`SELECT next_cursor AS nextCursor FROM sync_state WHERE id = 1 ${forUpdate[dialectOf(manager.dataSource)]}`,
    );
    const acquired = await execute(
      manager,
      sql`UPDATE sync_state SET owner = ${owner}, lease_until_ms = ${nowMs} + ${syncPolicy.leaseMs}
          WHERE id = 1 AND (lease_until_ms IS NULL OR lease_until_ms <= ${nowMs})
            AND (finished_at_ms IS NULL OR finished_at_ms <= ${nowMs} - ${minIntervalMs})`,
    );
    if (acquired === 0) return undefined;
    return { nextCursor: previous?.nextCursor ?? null };
  }

  /** Returns false if another process has taken over the lease. */
  async renewLease(manager: EntityManager, owner: string): Promise<boolean> {
    const nowMs = databaseNowMs[dialectOf(manager.dataSource)];
    const renewed = await execute(
      manager,
      sql`UPDATE sync_state SET lease_until_ms = ${nowMs} + ${syncPolicy.leaseMs} WHERE id = 1 AND owner = ${owner}`,
    );
    return renewed > 0;
  }

  /** Stores the position. Must run inside the transaction that stores the page before it. */
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
