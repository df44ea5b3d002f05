/**
 * Adds a version per block of producers. It is incremented when a producer of the block is new or moves, so a process
 * can validate its cached positions.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class VersionProducers1763900000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS producer_block (
           block   INT    NOT NULL,
           version BIGINT NOT NULL,
           PRIMARY KEY (block)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        `INSERT INTO producer_block (block, version) SELECT DISTINCT id DIV 65536, 1 FROM producers
         WHERE id DIV 65536 NOT IN (SELECT block FROM producer_block)`,
      ],
      sqlite: [
        'CREATE TABLE producer_block (block INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT',
        'INSERT INTO producer_block (block, version) SELECT DISTINCT id / 65536, 1 FROM producers',
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS producer_block');
  }
}
