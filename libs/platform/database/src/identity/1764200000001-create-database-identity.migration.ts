/** A random value that names this database, so that what is shared outside of it can be kept apart by database. */
import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runByDialect } from '../migrations.provider';

export class CreateDatabaseIdentity1764200000001 implements MigrationInterface {
  /** May be repeated: a migration that was killed half-way keeps the value it had stored. */
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS database_identity (
           id    INT      NOT NULL,
           value CHAR(32) NOT NULL,
           PRIMARY KEY (id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: ['CREATE TABLE IF NOT EXISTS database_identity (id INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT'],
    });
    await runner.query(
      `INSERT INTO database_identity (id, value)
       SELECT one.id, ? FROM (SELECT 1 AS id) AS one WHERE NOT EXISTS (SELECT 1 FROM database_identity)`,
      [randomBytes(16).toString('hex')],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS database_identity');
  }
}
