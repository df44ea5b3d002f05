/**
 * The inbox. Event ids are binary, so that no collation merges two of them. Each indexed time is null unless it is
 * pending: due_at_ms for the next attempt, lease_until_ms for the lease of a worker, forget_at_ms for the purge. An
 * index scan by due_at_ms therefore reads only events to be claimed.
 */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhookInbox1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `CREATE TABLE IF NOT EXISTS webhook_events (
           id               BIGINT         NOT NULL AUTO_INCREMENT,
           event_id         VARBINARY(200) NOT NULL,
           body_sha256      CHAR(64)       NOT NULL,
           type             VARCHAR(100)   NOT NULL,
           payload          MEDIUMTEXT     NULL,
           request_id       VARCHAR(64)    NOT NULL,
           state            VARCHAR(8)     NOT NULL,
           attempts         INT            NOT NULL DEFAULT 0,
           earlier_attempts INT            NOT NULL DEFAULT 0,
           abandoned        INT            NOT NULL DEFAULT 0,
           last_error       VARCHAR(500)   NULL,
           received_at_ms   BIGINT         NOT NULL,
           due_at_ms        BIGINT         NULL,
           lease_until_ms   BIGINT         NULL,
           finished_at_ms   BIGINT         NULL,
           forget_at_ms     BIGINT         NULL,
           replays          INT            NOT NULL DEFAULT 0,
           replayed_at_ms   BIGINT         NULL,
           PRIMARY KEY (id),
           UNIQUE KEY uq_webhook_events_event_id (event_id),
           KEY ix_webhook_events_due_at_ms (due_at_ms),
           KEY ix_webhook_events_lease_until_ms (lease_until_ms),
           KEY ix_webhook_events_forget_at_ms (forget_at_ms),
           KEY ix_webhook_events_state_id (state, id)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        `CREATE TABLE IF NOT EXISTS webhook_conflicts (
           event_id    VARBINARY(200) NOT NULL,
           body_sha256 CHAR(64)       NOT NULL,
           body_bytes  INT            NOT NULL,
           times       INT            NOT NULL DEFAULT 1,
           request_id  VARCHAR(64)    NOT NULL,
           last_at_ms  BIGINT         NOT NULL,
           PRIMARY KEY (event_id, body_sha256),
           KEY ix_webhook_conflicts_last_at_ms (last_at_ms)
         ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      sqlite: [
        `CREATE TABLE webhook_events (
           id               INTEGER        PRIMARY KEY AUTOINCREMENT,
           event_id         TEXT           NOT NULL CONSTRAINT uq_webhook_events_event_id UNIQUE,
           body_sha256      TEXT           NOT NULL,
           type             TEXT           NOT NULL,
           payload          TEXT           NULL,
           request_id       TEXT           NOT NULL,
           state            TEXT           NOT NULL,
           attempts         INTEGER        NOT NULL DEFAULT 0,
           earlier_attempts INTEGER        NOT NULL DEFAULT 0,
           abandoned        INTEGER        NOT NULL DEFAULT 0,
           last_error       TEXT           NULL,
           received_at_ms   INTEGER        NOT NULL,
           due_at_ms        INTEGER        NULL,
           lease_until_ms   INTEGER        NULL,
           finished_at_ms   INTEGER        NULL,
           forget_at_ms     INTEGER        NULL,
           replays          INTEGER        NOT NULL DEFAULT 0,
           replayed_at_ms   INTEGER        NULL
         ) STRICT`,
        'CREATE INDEX ix_webhook_events_due_at_ms ON webhook_events (due_at_ms)',
        'CREATE INDEX ix_webhook_events_lease_until_ms ON webhook_events (lease_until_ms)',
        'CREATE INDEX ix_webhook_events_forget_at_ms ON webhook_events (forget_at_ms)',
        'CREATE INDEX ix_webhook_events_state_id ON webhook_events (state, id)',
        `CREATE TABLE webhook_conflicts (
           event_id    TEXT    NOT NULL,
           body_sha256 TEXT    NOT NULL,
           body_bytes  INTEGER NOT NULL,
           times       INTEGER NOT NULL DEFAULT 1,
           request_id  TEXT    NOT NULL,
           last_at_ms  INTEGER NOT NULL,
           PRIMARY KEY (event_id, body_sha256)
         ) STRICT`,
        'CREATE INDEX ix_webhook_conflicts_last_at_ms ON webhook_conflicts (last_at_ms)',
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS webhook_conflicts');
    await runner.query('DROP TABLE IF EXISTS webhook_events');
  }
}
