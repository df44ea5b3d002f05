/**
 * Who makes an answer when several processes miss it at once. For efficiency only: where Redis cannot say, each makes
 * it. A lease is kept after the answer was stored, so that a process which looked just before does not make it again;
 * it ends by itself. Where making fails it is given back, by its owner only.
 */
import { Injectable } from '@nestjs/common';
import { RedisLeases, type RedisKeyOf } from '@platform/redis';
import { digestOf } from './cache-keys';
import { cachePolicy } from './cache.policy';

@Injectable()
export class Leases {
  constructor(private readonly leases: RedisLeases) {}

  /** False where another process has it. */
  async acquire(name: string): Promise<boolean> {
    return this.leases.acquire(leaseOf(name), cachePolicy.leaseMs).catch(() => true);
  }

  async release(name: string): Promise<void> {
    await this.leases.release(leaseOf(name));
  }
}

function leaseOf(name: string): (keyOf: RedisKeyOf) => string {
  const digest = digestOf(name);
  return (keyOf) => keyOf('cache', 'lease', 1, digest);
}
