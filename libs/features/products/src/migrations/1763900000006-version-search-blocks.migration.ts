/**
 * A version of each block of the search index, counted up by every change, by which a process sees whether what it
 * keeps in memory is still so. The columns of the index have changed with it, so it has to be built anew.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class VersionSearchBlocks1763900000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS search_block (
           block   INT    NOT NULL,
           version BIGINT NOT NULL,
           PRIMARY KEY (block)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: ['CREATE TABLE search_block (block INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT'],
    });
    await this.askForReindex(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS search_block');
    await this.askForReindex(runner);
  }

  private async askForReindex(runner: QueryRunner): Promise<void> {
    await runner.query(
      `UPDATE search_index_state SET next_block = NULL,
       is_complete = CASE WHEN EXISTS (SELECT 1 FROM products) THEN 0 ELSE 1 END`,
    );
  }
}
