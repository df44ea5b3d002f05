/**
 * The token that replicas share through Redis, and whose turn it is to ask for the next. For efficiency only: where
 * Redis is away each asks for itself. A turn ends by itself unless it is renewed, and is given back by its owner only;
 * what was asked for under an earlier turn never replaces what was under a later one. Times are Redis' own.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { RedisClient, redisKey, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import type { HeldToken } from './access-token';
import { authPolicy } from './auth.policy';
import { ClientSecret } from './client-secret.reader';
import { toTokenKey } from './token-key';
import { toLifetime } from './token-lifetime';
import { keyFromSecret, open, seal } from './token-seal';

/** `away`: Redis cannot say. The fence orders turns. */
export interface Turn {
  readonly kind: 'ours' | 'taken' | 'away';
  readonly fence: number;
}

const TAKE_TURN: RedisScript = {
  numberOfKeys: 1,
  lua: `
    local time = redis.call('TIME')
    local isOurs = redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX')
    return { isOurs and 1 or 0, time[1] * 1000000 + time[2] }`,
};
const RENEW_TURN: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`,
};
const END_TURN: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
};
const PUT: RedisScript = {
  numberOfKeys: 1,
  lua: `
    if tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') >= tonumber(ARGV[1]) then return 0 end
    redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'id', ARGV[2], 'sealed', ARGV[3])
    return redis.call('PEXPIRE', KEYS[1], ARGV[4])`,
};
const FIND: RedisScript = {
  numberOfKeys: 1,
  lua: `
    local found = redis.call('HMGET', KEYS[1], 'fence', 'id', 'sealed')
    return { found[1], found[2], found[3], redis.call('PTTL', KEYS[1]) }`,
};
const REMOVE: RedisScript = {
  numberOfKeys: 1,
  lua: `if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
};

@Injectable()
export class SharedTokens {
  private readonly owner = randomUUID();
  private readonly tokenKey: string;
  private readonly cacheKeys: readonly Buffer[];

  constructor(
    config: AppConfig,
    private readonly redis: RedisClient,
    private readonly secret: ClientSecret,
    private readonly clock: Clock,
  ) {
    const { oauth } = config.partner ?? {};
    this.tokenKey = oauth === undefined ? '' : toTokenKey(oauth);
    this.cacheKeys = oauth?.cacheKeys ?? [];
  }

  /** What cannot be read, for whatever reason, is not there. */
  async find(): Promise<HeldToken | undefined> {
    const answer = await this.redis.runScript(FIND, [this.key('token')], []).catch(() => []);
    const [fence, id, sealed, leftMs] = answer as [string?, string?, string?, number?];
    if (!fence || !id || !sealed || leftMs === undefined || leftMs <= 0) return undefined;
    const text = open(sealed, await this.keys(), this.boundTo(id, fence));
    if (text === undefined) return undefined;
    const { value, lifeSeconds } = JSON.parse(text) as { value: string; lifeSeconds: number };
    const { usableMs, refreshAfterMs } = toLifetime(lifeSeconds, this.clock.random());
    const usableUntilMs = this.clock.elapsedMs() + leftMs;
    const refreshFromMs = usableUntilMs - usableMs + refreshAfterMs;
    return { value, id, lifeSeconds, fence: Number(fence), usableUntilMs, refreshFromMs };
  }

  /** Whether it is the newest now; false where it is not, or Redis cannot say. */
  async put({ value, id, lifeSeconds, fence, usableUntilMs }: HeldToken): Promise<boolean> {
    const leftMs = Math.floor(usableUntilMs - this.clock.elapsedMs());
    const [key] = await this.keys();
    if (key === undefined || leftMs <= 0) return false;
    const sealed = seal(JSON.stringify({ value, lifeSeconds }), key, this.boundTo(id, String(fence)));
    const answer = this.redis.runScript(PUT, [this.key('token')], [fence, id, sealed, leftMs]);
    return (await answer.catch(() => 0)) === 1;
  }

  /** That one only: a newer one is not what was refused. */
  async remove(id: string): Promise<void> {
    await this.redis.runScript(REMOVE, [this.key('token')], [id]).catch(() => undefined);
  }

  async takeTurn(): Promise<Turn> {
    const answer = this.redis.runScript(TAKE_TURN, [this.key('turn')], [this.owner, authPolicy.lockMs]);
    const [isOurs, fence] = (await answer.catch(() => [])) as number[];
    if (isOurs === undefined || fence === undefined) return { kind: 'away', fence: 0 };
    return { kind: isOurs === 1 ? 'ours' : 'taken', fence };
  }

  async renewTurn(): Promise<void> {
    await this.redis.runScript(RENEW_TURN, [this.key('turn')], [this.owner, authPolicy.lockMs]).catch(() => undefined);
  }

  async endTurn(): Promise<void> {
    await this.redis.runScript(END_TURN, [this.key('turn')], [this.owner]).catch(() => undefined);
  }

  private key(thing: 'token' | 'turn'): string {
    return redisKey('auth', thing, 1, this.tokenKey);
  }

  /** The first seals. */
  private async keys(): Promise<readonly Buffer[]> {
    if (this.cacheKeys.length > 0) return this.cacheKeys;
    return [keyFromSecret(await this.secret.current(), this.tokenKey)];
  }

  private boundTo(id: string, fence: string): string {
    return `${this.key('token')} ${id} ${fence}`;
  }
}
