/**
 * Writes the change log. Auto-increment ids are not in the order of commits: a reader that remembers the highest id
 * skips a transaction that commits late. So a change receives its position only after its commit. SQLite has one
 * writer at a time, so there the transaction itself assigns the position.
 */
import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { chunkRows, databaseNowMs, dialectOf, execute, joinSql, select, sql, trustedSql } from '@platform/database';
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
   * Gives committed changes the next position, unless another process has assigned one since they were read: one
   * statement compares and sets the last position. So a process that pauses or dies between the two statements holds no
   * lock. Runs on MySQL and MariaDB, with autocommit. Returns whether changes without a position may remain.
   */
  async assignPosition(manager: EntityManager): Promise<boolean> {
    const { batchRows } = changeLogPolicy;
    const rows = await select<{ id: number; last: number }>(
      manager,
      sql`SELECT changes.id, log.position AS last
          FROM product_changes AS changes JOIN change_log AS log ON log.id = 1
          WHERE changes.position IS NULL ORDER BY changes.id LIMIT ${batchRows}`,
    );
    const [first] = rows;
    if (first === undefined) return false;
    const next = first.last + nextStep();
    const ids = rows.map(({ id }) => id);
    // By primary key, because a scan would wait for the changes of open transactions.
    const affected = await execute(
      manager,
      sql`UPDATE change_log AS log STRAIGHT_JOIN product_changes AS changes FORCE INDEX (PRIMARY)
          SET log.position = ${next}, changes.position = ${next}
          WHERE log.id = 1 AND log.position = ${first.last} AND changes.id IN (${joinSql(ids, ', ')})`,
    );
    return affected === 0 || rows.length === batchRows;
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
    await execute(manager, sql`UPDATE change_log SET position = position + ${nextStep()} WHERE id = 1`);
  }
}

function nextStep(): number {
  return randomInt(1, changeLogPolicy.maxPositionStep);
}
