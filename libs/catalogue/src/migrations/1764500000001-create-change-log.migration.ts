/**
 * The change log: every committed change of the catalogue. A change receives its position after its commit, so that
 * positions are in the order of commits; until then it is null. The table is never empty, so that a reader can detect
 * that its last position is missing.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const FIRST_CHANGE = `INSERT INTO product_changes (position, kind, at_ms) SELECT 1, 'everything', 0
  WHERE NOT EXISTS (SELECT 1 FROM product_changes)`;

export class CreateChangeLog1764500000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS product_changes (
           id            BIGINT       NOT NULL AUTO_INCREMENT,
           position      BIGINT       NULL,
           kind          VARCHAR(16)  NOT NULL,
           product_id    BIGINT       NULL,
           external_id   VARCHAR(128) NULL,
           producer_id   BIGINT       NULL,
           before_values TEXT         NULL,
           after_values  TEXT         NULL,
           at_ms         BIGINT       NOT NULL,
           PRIMARY KEY (id),
           KEY ix_product_changes_position (position)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        `CREATE TABLE IF NOT EXISTS change_log (
           id       INT    NOT NULL,
           position BIGINT NOT NULL,
           PRIMARY KEY (id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        'INSERT IGNORE INTO change_log (id, position) VALUES (1, 1)',
        FIRST_CHANGE,
      ],
      sqlite: [
        `CREATE TABLE product_changes (
           id            INTEGER PRIMARY KEY AUTOINCREMENT,
           position      INTEGER,
           kind          TEXT    NOT NULL,
           product_id    INTEGER,
           external_id   TEXT,
           producer_id   INTEGER,
           before_values TEXT,
           after_values  TEXT,
           at_ms         INTEGER NOT NULL
         ) STRICT`,
        'CREATE INDEX ix_product_changes_position ON product_changes (position)',
        'CREATE TABLE change_log (id INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT',
        'INSERT INTO change_log (id, position) VALUES (1, 1)',
        FIRST_CHANGE,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS product_changes');
    await runner.query('DROP TABLE IF EXISTS change_log');
  }
}
