/**
 * Announces the changes that this process has committed: assigns their positions, wakes the other processes through
 * Redis, and applies them here. If the process dies before, the next poll of another process does the same.
 */
import { Injectable, Logger } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { RedisClient } from '@platform/redis';
import { CoalescedTask } from '@platform/resilience';
import { DataSource } from 'typeorm';
import { changesChannel } from './change-channel';
import { ChangeFollower } from './change-follower.service';
import { ChangePositions } from './change-positions.service';

@Injectable()
export class ChangeAnnouncer {
  private readonly logger = new Logger('ChangeLog');
  private readonly announcements = new CoalescedTask(() => this.announceNow());

  constructor(
    private readonly dataSource: DataSource,
    private readonly positions: ChangePositions,
    private readonly follower: ChangeFollower,
    private readonly redis: RedisClient,
  ) {}

  /** Call after a commit. Never throws: polls make up for a failure. */
  announce(): Promise<void> {
    return this.announcements.run();
  }

  private async announceNow(): Promise<void> {
    try {
      if (dialectOf(this.dataSource) === 'mysql') await this.positions.assign(); // SQLite assigns them at once
    } catch (error) {
      this.logger.debug({ err: error, msg: 'positions could not be assigned; the next poll assigns them' });
    }
    void this.redis.run((redis, keyOf) => redis.publish(changesChannel(keyOf), '')).catch(() => undefined);
    await this.follower.follow();
  }
}
