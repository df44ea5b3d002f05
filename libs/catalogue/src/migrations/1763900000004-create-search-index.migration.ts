/**
 * The search index: one container per key (a word, a category, …) and block of 8,192 product ids, with the ids that
 * have the key. `reindex` indexes existing products later. Queries may use the index only if `is_complete` is set;
 * `next_block` is the block at which an interrupted reindex resumes.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSearchIndex1763900000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS search_index (
           entry_key VARCHAR(112) NOT NULL,
           block     INT          NOT NULL,
           size      INT          NOT NULL,
           data      BLOB         NOT NULL,
           PRIMARY KEY (entry_key, block),
           KEY ix_search_index_block (block)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        `CREATE TABLE IF NOT EXISTS search_index_state (
           id          INT NOT NULL,
           is_complete INT NOT NULL,
           next_block  INT NULL,
           PRIMARY KEY (id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: [
        `CREATE TABLE search_index (
           entry_key TEXT    NOT NULL,
           block     INTEGER NOT NULL,
           size      INTEGER NOT NULL,
           data      BLOB    NOT NULL,
           PRIMARY KEY (entry_key, block)
         ) STRICT`,
        'CREATE INDEX ix_search_index_block ON search_index (block)',
        'CREATE TABLE search_index_state (id INTEGER PRIMARY KEY, is_complete INTEGER NOT NULL, next_block INTEGER NULL) STRICT',
      ],
    });
    await runner.query(
      `INSERT INTO search_index_state (id, is_complete, next_block)
       SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM products) THEN 0 ELSE 1 END, NULL
       WHERE NOT EXISTS (SELECT 1 FROM search_index_state)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS search_index_state');
    await runner.query('DROP TABLE IF EXISTS search_index');
  }
}
