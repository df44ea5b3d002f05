/**
 * Remembers that the server refuses commands, for health, and logs when that begins and when it ends. It ends when a trial
 * of all commands succeeds and no command has been refused for a while.
 */
import { Logger } from '@nestjs/common';
import type { RedisRefusal } from './redis-errors';
import { redisPolicy } from './redis.policy';

export class RedisRefusals {
  private readonly logger = new Logger('Redis');
  private first: RedisRefusal | undefined;
  private lastAtMs = -Infinity;

  /** The one that it began with. */
  get current(): RedisRefusal | undefined {
    return this.first;
  }

  /** `needed` is the pattern of keys and channels that the service must be allowed to use. */
  record(refusal: RedisRefusal, needed: string): void {
    this.lastAtMs = performance.now();
    if (this.first !== undefined) return;
    this.first = refusal;
    const { command, code, message } = refusal;
    this.logger.warn({ command, code, needed, reason: message, msg: `Redis refuses ${command}` });
  }

  checkSucceeded(): void {
    if (this.first === undefined || performance.now() - this.lastAtMs < redisPolicy.refusalQuietMs) return;
    this.first = undefined;
    this.logger.log('Redis carries out all commands again');
  }
}
