/** Creates a random value that identifies this database, so that several databases can share one store. */
import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runByDialect } from '../schema/migrations.provider';

export class CreateDatabaseIdentity1764200000001 implements MigrationInterface {
  /** Idempotent: if a previous run was killed, the value that it stored is kept. */
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
