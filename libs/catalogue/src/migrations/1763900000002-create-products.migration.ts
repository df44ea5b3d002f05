/**
 * One index per sort order of lists, with and without a leading category. The id at the end makes each order total. All
 * comparisons are bytewise (utf8mb4_bin, SQLite's BINARY), so all database servers sort alike. Texts that count as
 * equal are folded to equal values in name_text and search_text.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProducts1763900000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS products (
           id            BIGINT        NOT NULL AUTO_INCREMENT,
           external_id   VARCHAR(128)  NOT NULL,
           name          VARCHAR(200)  NOT NULL,
           description   VARCHAR(2000) NOT NULL,
           category      VARCHAR(64)   NOT NULL,
           price_minor   INT           NOT NULL,
           currency      CHAR(3)       NOT NULL,
           unit          VARCHAR(32)   NOT NULL,
           stock         INT           NOT NULL,
           producer_id   BIGINT        NOT NULL,
           version       BIGINT        NOT NULL DEFAULT 1,
           created_at_ms BIGINT        NOT NULL,
           updated_at_ms BIGINT        NOT NULL,
           name_text     VARCHAR(600)  NOT NULL,
           search_text   TEXT          NOT NULL,
           PRIMARY KEY (id),
           UNIQUE KEY uq_products_external_id (external_id),
           KEY ix_products_created_at_ms_id (created_at_ms, id),
           KEY ix_products_price_minor_id (price_minor, id),
           KEY ix_products_name_text_id (name_text, id),
           KEY ix_products_category_created_at_ms_id (category, created_at_ms, id),
           KEY ix_products_category_price_minor_id (category, price_minor, id),
           KEY ix_products_category_name_text_id (category, name_text, id),
           KEY ix_products_producer_id_id (producer_id, id),
           CONSTRAINT fk_products_producer_id FOREIGN KEY (producer_id) REFERENCES producers (id),
           CONSTRAINT ck_products_price_minor CHECK (price_minor >= 0),
           CONSTRAINT ck_products_stock CHECK (stock >= 0)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: [
        `CREATE TABLE products (
           id            INTEGER PRIMARY KEY AUTOINCREMENT,
           external_id   TEXT    NOT NULL CONSTRAINT uq_products_external_id UNIQUE,
           name          TEXT    NOT NULL,
           description   TEXT    NOT NULL,
           category      TEXT    NOT NULL,
           price_minor   INTEGER NOT NULL CONSTRAINT ck_products_price_minor CHECK (price_minor >= 0),
           currency      TEXT    NOT NULL,
           unit          TEXT    NOT NULL,
           stock         INTEGER NOT NULL CONSTRAINT ck_products_stock CHECK (stock >= 0),
           producer_id   INTEGER NOT NULL CONSTRAINT fk_products_producer_id REFERENCES producers (id),
           version       INTEGER NOT NULL DEFAULT 1,
           created_at_ms INTEGER NOT NULL,
           updated_at_ms INTEGER NOT NULL,
           name_text     TEXT    NOT NULL,
           search_text   TEXT    NOT NULL
         ) STRICT`,
        'CREATE INDEX ix_products_created_at_ms_id ON products (created_at_ms, id)',
        'CREATE INDEX ix_products_price_minor_id ON products (price_minor, id)',
        'CREATE INDEX ix_products_name_text_id ON products (name_text, id)',
        'CREATE INDEX ix_products_category_created_at_ms_id ON products (category, created_at_ms, id)',
        'CREATE INDEX ix_products_category_price_minor_id ON products (category, price_minor, id)',
        'CREATE INDEX ix_products_category_name_text_id ON products (category, name_text, id)',
        'CREATE INDEX ix_products_producer_id_id ON products (producer_id, id)',
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS products');
  }
}
