import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProducers1763900000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS producers (
           id        BIGINT       NOT NULL AUTO_INCREMENT,
           name      VARCHAR(200) NOT NULL,
           place     VARCHAR(200) NOT NULL,
           latitude  DOUBLE       NULL,
           longitude DOUBLE       NULL,
           PRIMARY KEY (id),
           UNIQUE KEY uq_producers_name_place (name, place),
           CONSTRAINT ck_producers_position CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: [
        `CREATE TABLE producers (
           id        INTEGER PRIMARY KEY AUTOINCREMENT,
           name      TEXT NOT NULL,
           place     TEXT NOT NULL,
           latitude  REAL NULL,
           longitude REAL NULL,
           CONSTRAINT uq_producers_name_place UNIQUE (name, place),
           CONSTRAINT ck_producers_position CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)
         ) STRICT`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS producers');
  }
}
