/**
 * Leases that select one process to load a response if several processes miss it at once. They only save work: if Redis
 * fails, each process loads. A lease is kept until it expires, even after the response is stored, so that a process
 * whose lookup missed just before does not load the response again. If the load fails, its owner releases the lease.
 */
import { Injectable } from '@nestjs/common';
import { RedisLeases, type RedisKeyOf } from '@platform/redis';
import { cachePolicy } from '../cache.policy';
import { digestOf } from './cache-keys';

@Injectable()
export class Leases {
  constructor(private readonly leases: RedisLeases) {}

  /** Returns false if another process holds the lease, and true if Redis fails. */
  async acquire(name: string): Promise<boolean> {
    return this.leases.acquire(leaseKeyOf(name), cachePolicy.leaseMs).catch(() => true);
  }

  async release(name: string): Promise<void> {
    await this.leases.release(leaseKeyOf(name));
  }
}

function leaseKeyOf(name: string): (keyOf: RedisKeyOf) => string {
  const digest = digestOf(name);
  return (keyOf) => keyOf('cache', 'lease', 1, digest);
}
