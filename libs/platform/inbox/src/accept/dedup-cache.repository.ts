/**
 * Dedup cache: final states of events, in Redis. A hit saves the database query for a duplicate. Entries are written
 * after the commit, so that the cache is never ahead of the database. A failure or a corrupt value is a miss.
 */
import { Injectable } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { FINAL_STATES } from '../event-state';
import { inboxPolicy } from '../inbox.policy';

export type FinalState = (typeof FINAL_STATES)[number];

@Injectable()
export class DedupCache {
  constructor(private readonly redis: RedisClient) {}

  /** Returns the final state of the event with this id and body; undefined on a cache miss. */
  async find(eventId: string, bodySha256: string): Promise<FinalState | undefined> {
    const value = await this.redis.run((redis, keyOf) => redis.get(cacheKey(keyOf, eventId))).catch(() => null);
    const [state, sha256] = (value ?? '').split(' ', 2);
    return sha256 === bodySha256 ? FINAL_STATES.find((end) => end === state) : undefined;
  }

  async put(eventId: string, bodySha256: string, state: FinalState): Promise<void> {
    const value = `${state} ${bodySha256}`;
    await this.redis
      .run((redis, keyOf) => redis.set(cacheKey(keyOf, eventId), value, 'EX', inboxPolicy.dedupCacheSeconds))
      .catch(() => undefined);
  }
}

function cacheKey(keyOf: RedisKeyOf, eventId: string): string {
  return keyOf('webhook', 'ended', 1, eventId);
}
