/**
 * Adds a version per block of the search index. Every change increments it, so a process can validate its index cache.
 * The columns of the index changed at the same time, so the index must be rebuilt.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { requireReindex } from './require-reindex.provider';

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
    await requireReindex(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS search_block');
    await requireReindex(runner);
  }
}
