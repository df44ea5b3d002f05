/** Trims the change log once a minute. Several processes may do so; each change is deleted once. */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BackgroundWrites } from '@platform/database';
import { Clock, CoalescedTask } from '@platform/resilience';
import { changeLogPolicy } from './change-log.policy';
import { ChangeLogRepository } from './change-log.repository';

@Injectable()
export class ChangeLogRetention implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeLog');
  private readonly trims = new CoalescedTask(() => this.trimAll());
  private isShuttingDown = false;
  private stop: () => void = () => undefined;

  constructor(
    private readonly database: BackgroundWrites,
    private readonly changes: ChangeLogRepository,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.stop = this.clock.every(changeLogPolicy.trimEveryMs, () => void this.tryToTrim());
  }

  onApplicationShutdown(): void {
    this.isShuttingDown = true;
    this.stop();
  }

  /** Deletes all changes that are due and returns their number. */
  trim(): Promise<number> {
    return this.trims.run();
  }

  private async trimAll(): Promise<number> {
    const { trimDeadlineMs, trimRows } = changeLogPolicy;
    let trimmed = 0;
    for (;;) {
      const rows = await this.database.runInTransaction(trimDeadlineMs, (manager) => this.changes.trim(manager));
      trimmed += rows;
      if (rows < trimRows || this.isShuttingDown) return trimmed;
    }
  }

  private async tryToTrim(): Promise<void> {
    try {
      await this.trim();
    } catch (error) {
      this.logger.debug({ err: error, msg: 'the change log could not be trimmed; the next interval retries' });
    }
  }
}
