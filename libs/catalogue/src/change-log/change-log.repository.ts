/**
 * Writes the change log. Auto-increment ids are not in the order of commits: a reader that remembers the highest id
 * skips a transaction that commits late. So a change receives its position only after its commit, under a lock that
 * serialises positions. SQLite has one writer at a time, so there the transaction itself assigns the position.
 */
import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  chunkRows,
  databaseNowMs,
  dialectOf,
  execute,
  forUpdateSkipLocked,
  joinSql,
  select,
  sql,
  trustedSql,
} from '@platform/database';
import type { EntityManager } from 'typeorm';
import type { CatalogueChange } from './catalogue-change';
import { changeLogPolicy } from './change-log.policy';
import { CHANGE_COLUMNS, toRow } from './change-row';

const LAST_POSITION = trustedSql('(SELECT position FROM change_log WHERE id = 1)');
const COLUMNS = ['position', ...CHANGE_COLUMNS, 'at_ms'].join(', ');

@Injectable()
export class ChangeLogRepository {
  /** Must run inside the transaction of the changes. */
  async append(manager: EntityManager, changes: readonly CatalogueChange[]): Promise<void> {
    if (changes.length === 0) return;
    const dialect = dialectOf(manager.dataSource);
    const isPositioned = dialect === 'sqlite';
    if (isPositioned) await this.advance(manager);
    const placeholders = CHANGE_COLUMNS.map(() => '?').join(', ');
    const row = `(${isPositioned ? LAST_POSITION.text : 'NULL'}, ${placeholders}, ${databaseNowMs[dialect].text})`;
    for (const rows of chunkRows(changes.map(toRow), (values) => values))
      await manager.query(
        `INSERT INTO product_changes (${COLUMNS}) VALUES ${rows.map(() => row).join(', ')}`,
        rows.flat(),
      );
  }

  /**
   * Gives committed changes the next position. Skips changes of open transactions, which are locked. Must run inside a
   * transaction. Returns the number of changes, at most `changeLogPolicy.batchRows`.
   */
  async assignPosition(manager: EntityManager): Promise<number> {
    const rows = await select<{ id: number }>(
      manager,
      sql`SELECT id FROM product_changes WHERE position IS NULL ORDER BY id
          LIMIT ${changeLogPolicy.batchRows} ${forUpdateSkipLocked[dialectOf(manager.dataSource)]}`,
    );
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await this.advance(manager);
    await execute(
      manager,
      sql`UPDATE product_changes SET position = ${LAST_POSITION} WHERE id IN (${joinSql(ids, ', ')})`,
    );
    return rows.length;
  }

  /**
   * Deletes the oldest changes that are older than the retention or exceed the number of rows, but never the newest
   * position. Must run inside a transaction. Returns the number of changes, at most `changeLogPolicy.trimRows`.
   */
  async trim(manager: EntityManager): Promise<number> {
    const { keptMs, maxRows, trimRows } = changeLogPolicy;
    const oldest = await select<{ id: number; isDue: number }>(
      manager,
      sql`SELECT id, position < (SELECT MAX(position) FROM product_changes) AND
                 (at_ms < ${databaseNowMs[dialectOf(manager.dataSource)]} - ${keptMs}
                  OR id <= (SELECT MAX(id) FROM product_changes) - ${maxRows}) AS isDue
          FROM product_changes ORDER BY id LIMIT ${trimRows}`,
    );
    const end = oldest.findIndex(({ isDue }) => isDue !== 1);
    const due = (end === -1 ? oldest : oldest.slice(0, end)).map(({ id }) => id);
    if (due.length > 0) await execute(manager, sql`DELETE FROM product_changes WHERE id IN (${joinSql(due, ', ')})`);
    return due.length;
  }

  /** Locks the last position until the end of the transaction. */
  private async advance(manager: EntityManager): Promise<void> {
    const step = randomInt(1, changeLogPolicy.maxPositionStep);
    await execute(manager, sql`UPDATE change_log SET position = position + ${step} WHERE id = 1`);
  }
}
