/**
 * Ends the leases of events that are DONE. Earlier versions kept such a lease until the invalidation of the caches was
 * published; the change log has replaced that.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EndPublicationLeases1764500000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `UPDATE webhook_events SET lease_until_ms = NULL WHERE state = 'DONE' AND lease_until_ms IS NOT NULL`,
    );
  }

  async down(): Promise<void> {
    // Nothing to restore: without a lease an event counts as published.
  }
}
