/**
 * Records that the server refuses commands, for the health check, and logs the start and the end. Refusals end when a
 * check of all commands succeeds and no command has been refused for `refusalQuietMs`.
 */
import { Logger } from '@nestjs/common';
import { redisPolicy } from '../redis.policy';
import type { RedisRefusal } from './redis-errors';

export class RedisRefusals {
  private readonly logger = new Logger('Redis');
  private first: RedisRefusal | undefined;
  private lastRefusedAtMs = -Infinity;

  /** The first refusal of the current series. */
  get current(): RedisRefusal | undefined {
    return this.first;
  }

  /** `needed` is the pattern of keys and channels that the service must be allowed to use. */
  record(refusal: RedisRefusal, needed: string): void {
    this.lastRefusedAtMs = performance.now();
    if (this.first !== undefined) return;
    this.first = refusal;
    const { command, code, message } = refusal;
    this.logger.warn({ command, code, needed, reason: message, msg: `Redis refuses ${command}` });
  }

  checkSucceeded(): void {
    if (this.first === undefined || performance.now() - this.lastRefusedAtMs < redisPolicy.refusalQuietMs) return;
    this.first = undefined;
    this.logger.log('Redis accepts all commands again');
  }
}
