/** Signing keys that all replicas share without configuration. Each database gets its own random keys. */
import { randomBytes } from 'node:crypto';
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSigningKeys1763900000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS signing_keys (
           name   VARCHAR(64) NOT NULL,
           secret CHAR(64)    NOT NULL,
           PRIMARY KEY (name)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: ['CREATE TABLE signing_keys (name TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT'],
    });
    await runner.query(
      `INSERT INTO signing_keys (name, secret)
       SELECT 'cursor', ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE name = 'cursor')`,
      [randomBytes(32).toString('hex')],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS signing_keys');
  }
}
