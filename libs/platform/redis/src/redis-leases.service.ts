/**
 * Leases on names: one process at a time holds a lease, until it releases the lease or the lease expires. Leases only
 * save work and guarantee no mutual exclusion: while a holder is paused, another process may acquire its lease.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisClient } from './client/redis.client';
import type { RedisKeyOf } from './redis-keys';
import type { RedisScript } from './redis-script.provider';

/** Overwrites a key that no holder can have written, because its type or its expiry is not that of a lease. */
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

  /** Returns false if this or another process holds the lease. Throws if Redis is unavailable or refuses. */
  async acquire(key: LeaseKey, leaseMs: number): Promise<boolean> {
    return (await this.redis.runScript(ACQUIRE, key, [this.owner, leaseMs])) === 1;
  }

  /** Does nothing if this process no longer holds the lease, or if Redis fails. */
  async renew(key: LeaseKey, leaseMs: number): Promise<void> {
    await this.redis.runScript(RENEW, key, [this.owner, leaseMs]).catch(() => undefined);
  }

  /** Does nothing in the same cases as `renew`. */
  async release(key: LeaseKey): Promise<void> {
    await this.redis.runScript(RELEASE, key, [this.owner]).catch(() => undefined);
  }
}
