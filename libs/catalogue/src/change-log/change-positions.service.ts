/**
 * Assigns positions to committed changes, in this process after its own commits, and in any process at its next poll
 * if the writer has died before. A change that commits late receives a later position.
 */
import { Injectable } from '@nestjs/common';
import { retryOnConflict, WriteDatabase } from '@platform/database';
import { CoalescedTask } from '@platform/resilience';
import { changeLogPolicy } from './change-log.policy';
import { ChangeLogRepository } from './change-log.repository';

@Injectable()
export class ChangePositions {
  private readonly assignments = new CoalescedTask(() => this.assignAll());

  constructor(
    private readonly database: WriteDatabase,
    private readonly changes: ChangeLogRepository,
  ) {}

  /** Resolves when all changes that were committed before the call have positions. */
  assign(): Promise<void> {
    return this.assignments.run();
  }

  /** An attempt fails only if another process has assigned a position meanwhile, so repeated failures are rare. */
  private async assignAll(): Promise<void> {
    while (await this.assignBatch());
  }

  private assignBatch(): Promise<boolean> {
    const { positionDeadlineMs, positionRetries } = changeLogPolicy;
    return retryOnConflict(positionRetries, () =>
      this.database.run(positionDeadlineMs, (manager) => this.changes.assignPosition(manager)),
    );
  }
}
