/**
 * The versions of blocks, by which a process sees whether what it keeps in memory is still so. Counting one up locks it
 * until the transaction ends, so writers of a block take turns.
 */
import { randomInt } from 'node:crypto';
import { dialectOf, type Dialect } from '@platform/database';
import type { EntityManager } from 'typeorm';

const COUNT_UP: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE version = version + ?',
  sqlite: 'ON CONFLICT DO UPDATE SET version = version + ?',
};

/** Versions begin anywhere, so that a table that was emptied and filled again never looks like the one before. */
const FIRST_VERSIONS = 2 ** 31;

/** And go up by any number: two histories, of which a failover has lost one, hardly ever meet in one version. */
const MAX_STEP = 2 ** 12;

/** Must run inside the transaction that changes what the version is of. */
export async function countUpVersion(
  manager: EntityManager,
  table: 'search_block' | 'producer_block',
  block: number,
): Promise<void> {
  const countUp = COUNT_UP[dialectOf(manager.dataSource)];
  const first = randomInt(FIRST_VERSIONS);
  await manager.query(`INSERT INTO ${table} (block, version) VALUES (?, ?) ${countUp}`, [
    block,
    first,
    randomInt(1, MAX_STEP),
  ]);
}
