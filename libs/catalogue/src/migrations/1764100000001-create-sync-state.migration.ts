/**
 * State of the partner sync in one row: the position, and the lease of the process that runs it. That process renews
 * its lease and stores the position in the transaction of the products it read, so position and catalogue always agree.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSyncState1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS sync_state (
           id              INT          NOT NULL,
           next_cursor     VARCHAR(500) NULL,
           owner           CHAR(36)     NULL,
           lease_until_ms  BIGINT       NULL,
           finished_at_ms  BIGINT       NULL,
           PRIMARY KEY (id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        'INSERT INTO sync_state (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sync_state)',
      ],
      sqlite: [
        `CREATE TABLE sync_state (
           id              INTEGER NOT NULL PRIMARY KEY,
           next_cursor     TEXT    NULL,
           owner           TEXT    NULL,
           lease_until_ms  INTEGER NULL,
           finished_at_ms  INTEGER NULL
         ) STRICT`,
        'INSERT INTO sync_state (id) VALUES (1)',
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS sync_state');
  }
}
