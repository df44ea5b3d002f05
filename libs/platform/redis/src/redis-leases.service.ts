/**
 * Leases on names: one process at a time holds a lease, until it releases it or the lease runs out. They save work and
 * protect nothing: a holder that was paused may find that another process has taken over.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RedisKeyOf } from './redis-keys';
import type { RedisScript } from './redis-script.provider';
import { RedisClient } from './redis.client';

/** A key that no holder can have written, of another type or with another expiry than a lease has, is overwritten. */
const ACQUIRE: RedisScript = {
  numberOfKeys: 1,
  lua: `
    if redis.call('TYPE', KEYS[1]).ok == 'string' then
      local left = redis.call('PTTL', KEYS[1])
      if left >= 0 and left <= tonumber(ARGV[2]) then return 0 end
    end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1`,
};
const RENEW: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`,
};
const RELEASE: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
};

type LeaseKey = (keyOf: RedisKeyOf) => string;

@Injectable()
export class RedisLeases {
  private readonly owner = randomUUID();

  constructor(private readonly redis: RedisClient) {}

  /** False if it is held, by this process or another. Throws if Redis cannot say. */
  async acquire(key: LeaseKey, leaseMs: number): Promise<boolean> {
    return (await this.redis.runScript(ACQUIRE, key, [this.owner, leaseMs])) === 1;
  }

  /** Does nothing if this process no longer holds it, or Redis is away. */
  async renew(key: LeaseKey, leaseMs: number): Promise<void> {
    await this.redis.runScript(RENEW, key, [this.owner, leaseMs]).catch(() => undefined);
  }

  /** As `renew`. */
  async release(key: LeaseKey): Promise<void> {
    await this.redis.runScript(RELEASE, key, [this.owner]).catch(() => undefined);
  }
}
