/**
 * How far the catalogue has heard of each product from its source: of the product as a whole, and of its stock, which
 * the source tells apart. A product that was removed keeps its row, so that older news does not bring it back.
 * It takes the place of products.version, which could remember neither.
 */
import { addToTable, dropFromTable, runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProductVersions1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS product_versions (
           external_id VARCHAR(128) NOT NULL,
           product     BIGINT       NOT NULL,
           stock       BIGINT       NOT NULL,
           PRIMARY KEY (external_id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: [
        `CREATE TABLE product_versions (
           external_id TEXT    NOT NULL PRIMARY KEY,
           product     INTEGER NOT NULL,
           stock       INTEGER NOT NULL
         ) STRICT`,
      ],
    });
    await dropFromTable(runner.manager, 'products', { columns: ['version'] });
  }

  async down(runner: QueryRunner): Promise<void> {
    await addToTable(runner.manager, 'products', {
      columns: {
        mysql: { version: 'BIGINT NOT NULL DEFAULT 1 AFTER producer_id' },
        sqlite: { version: 'INTEGER NOT NULL DEFAULT 1' },
      },
    });
    await runner.query('DROP TABLE IF EXISTS product_versions');
  }
}
