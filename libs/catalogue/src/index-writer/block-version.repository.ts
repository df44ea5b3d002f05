/**
 * Versions of blocks, by which a process detects outdated cached contents. Incrementing a version locks it until the
 * transaction ends, so writers of a block are serialised.
 */
import { randomInt } from 'node:crypto';
import { dialectOf, type Dialect } from '@platform/database';
import type { EntityManager } from 'typeorm';

const INCREMENT: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE version = version + ?',
  sqlite: 'ON CONFLICT DO UPDATE SET version = version + ?',
};

/** Versions start at a random number, so that a table that was emptied and refilled never looks unchanged. */
const MAX_FIRST_VERSION = 2 ** 31;

/**
 * Versions increase by a random step, so that two histories, one of which a failover has lost, hardly ever reach the
 * same version.
 */
const MAX_STEP = 2 ** 12;

/** Must run inside the transaction that changes the versioned content. */
export async function incrementVersion(
  manager: EntityManager,
  table: 'search_block' | 'producer_block',
  block: number,
): Promise<void> {
  const increment = INCREMENT[dialectOf(manager.dataSource)];
  const first = randomInt(MAX_FIRST_VERSION);
  await manager.query(`INSERT INTO ${table} (block, version) VALUES (?, ?) ${increment}`, [
    block,
    first,
    randomInt(1, MAX_STEP),
  ]);
}
