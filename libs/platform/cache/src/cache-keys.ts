import { createHash } from 'node:crypto';
import { redisKey } from '@platform/redis';

/** The key in Redis of what has an address, which may be longer than a key should be. */
export function cacheKey(thing: 'answer' | 'lease', name: string): string {
  return redisKey('cache', thing, 1, createHash('sha256').update(name).digest('base64url'));
}
