/**
 * Events that have ended for good, as Redis knows them: a duplicate of one is answered without the database. Written
 * after the commit, so it never knows more than the database; where it is away or says nonsense, the database is asked.
 */
import { Injectable } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { FINAL_STATES } from '../event-state';
import { webhookPolicy } from '../webhook.policy';

export type FinalState = (typeof FINAL_STATES)[number];

@Injectable()
export class DedupCache {
  constructor(private readonly redis: RedisClient) {}

  /** How an event with this id and these bytes ended; undefined where that is not known here. */
  async find(eventId: string, bodySha256: string): Promise<FinalState | undefined> {
    const value = await this.redis.run((redis, keyOf) => redis.get(endedKey(keyOf, eventId))).catch(() => null);
    const [state, sha256] = (value ?? '').split(' ', 2);
    return sha256 === bodySha256 ? FINAL_STATES.find((end) => end === state) : undefined;
  }

  async put(eventId: string, bodySha256: string, state: FinalState): Promise<void> {
    const value = `${state} ${bodySha256}`;
    await this.redis
      .run((redis, keyOf) => redis.set(endedKey(keyOf, eventId), value, 'EX', webhookPolicy.dedupCacheSeconds))
      .catch(() => undefined);
  }
}

function endedKey(keyOf: RedisKeyOf, eventId: string): string {
  return keyOf('webhook', 'ended', 1, eventId);
}
