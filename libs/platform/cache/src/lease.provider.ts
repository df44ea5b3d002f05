/**
 * Who makes an answer when several processes miss it at once. For efficiency only: where Redis cannot say, each makes
 * it. A lease is kept after the answer was stored, so that a process which looked just before does not make it again;
 * it ends by itself. Where making fails it is given back, by its owner only.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisClient, type RedisScript } from '@platform/redis';
import { cacheKey } from './cache-keys';
import { cachePolicy } from './cache.policy';

const GIVE_BACK: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
};

@Injectable()
export class Leases {
  private readonly owner = randomUUID();

  constructor(private readonly redis: RedisClient) {}

  /** False where another process has it. */
  async take(name: string): Promise<boolean> {
    const key = cacheKey('lease', name);
    try {
      return (await this.redis.run((redis) => redis.set(key, this.owner, 'PX', cachePolicy.leaseMs, 'NX'))) === 'OK';
    } catch {
      return true;
    }
  }

  async giveBack(name: string): Promise<void> {
    await this.redis.runScript(GIVE_BACK, [cacheKey('lease', name)], [this.owner]).catch(() => undefined);
  }
}
