/**
 * L2: responses in Redis, shared by all processes. A response that cannot be read or decoded is a cache miss. Keyv
 * receives text, and a client that can only read, write and delete one key, so it can neither deserialise values nor
 * clear the database.
 */
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import { RedisClient } from '@platform/redis';
import { KeyvAdapter, type Cache } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import { Keyv } from 'keyv';
import { cachePolicy } from '../cache.policy';
import { digestOf } from './cache-keys';
import { decode, encode, type CachedResponse } from './cached-response';

/** Returns the store for cache-manager: cache-manager-ioredis-yet over the one connection of this process. */
export function toRedisStore(redis: RedisClient): Keyv {
  const commands = {
    get: (id: string) => redis.run((connection, keyOf) => connection.get(keyOf('cache', 'response', 2, id))),
    set: (id: string, value: string, _px: 'PX', ttlMs: number) =>
      redis.run((connection, keyOf) => connection.set(keyOf('cache', 'response', 2, id), value, 'PX', ttlMs)),
    del: (id: string) => redis.run((connection, keyOf) => connection.del(keyOf('cache', 'response', 2, id))),
  };
  const store = redisInsStore(commands as unknown as Parameters<typeof redisInsStore>[0]);
  const adapter = new KeyvAdapter(store as unknown as ConstructorParameters<typeof KeyvAdapter>[0]);
  const keyv = new Keyv({ store: adapter, useKeyPrefix: false });
  keyv.on('error', () => undefined); // RedisClient counts and logs failures
  return keyv;
}

@Injectable()
export class RedisResponses {
  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly redis: RedisClient,
  ) {}

  async find(url: string): Promise<CachedResponse | undefined> {
    if (!this.redis.isAvailable) return undefined;
    return decode(await this.cache.get(digestOf(url)).catch(() => undefined));
  }

  /** Returns at once; a failed write is ignored. */
  put(url: string, cached: CachedResponse): void {
    if (!this.redis.isAvailable) return;
    const lifetimeMs = cached.freshForMs + cachePolicy.staleWhileRevalidateSeconds * 1_000;
    this.cache.set(digestOf(url), encode(cached), Math.ceil(lifetimeMs)).catch(() => undefined);
  }

  delete(url: string): void {
    this.cache.del(digestOf(url)).catch(() => undefined);
  }
}
