/**
 * Newest applied source versions of each product: one for the product as a whole and one for its stock. A removed
 * product keeps its row, so an older change cannot restore it. The table replaces products.version, which stored
 * neither the version of the stock nor that of a removed product.
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
