/**
 * The token that replicas share through Redis, and the lease under which one of them requests the next. For efficiency
 * only: without Redis each requests its own. A token that was requested earlier never replaces one that was requested
 * later: each has a fence that orders requests.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { RedisClient, RedisLeases, type RedisKeyOf, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import type { HeldToken } from './access-token';
import { authPolicy } from './auth.policy';
import { ClientSecret } from './client-secret.reader';
import { toTokenKey } from './token-key';
import { toLifetime } from './token-lifetime';
import { keyFromSecret, open, seal } from './token-seal';

/** `away`: Redis cannot say. */
export type LeaseOutcome = 'ours' | 'taken' | 'away';

/**
 * `storedFence()` is that of the stored token. A key that cannot be a token, because of its type, its fence or its expiry,
 * is deleted: it would keep every later token out. Fences are microseconds of the time of Redis, or a little later.
 */
const STORED_FENCING_TOKEN = `
  local function storedFence()
    local kind = redis.call('TYPE', KEYS[1]).ok
    if kind == 'none' then return nil end
    local fence = kind == 'hash' and tonumber(redis.call('HGET', KEYS[1], 'fence'))
    local left = redis.call('PTTL', KEYS[1])
    local latest = (redis.call('TIME')[1] + 86400) * 1000000
    local isToken = fence and fence >= 1 and fence <= latest and fence == math.floor(fence)
    if isToken and left > 0 and left <= ${authPolicy.maxLifeSeconds * 1_000} then return fence end
    redis.call('DEL', KEYS[1])
    return nil
  end`;
/** Later than the stored one even if Redis was replaced by a server whose clock is behind. */
const NEXT_FENCING_TOKEN: RedisScript = {
  numberOfKeys: 1,
  lua: `${STORED_FENCING_TOKEN}
    local stored = storedFence() or 0
    local time = redis.call('TIME')
    return math.max(time[1] * 1000000 + time[2], stored + 1)`,
};
const PUT: RedisScript = {
  numberOfKeys: 1,
  lua: `${STORED_FENCING_TOKEN}
    if (storedFence() or 0) >= tonumber(ARGV[1]) then return 0 end
    redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'id', ARGV[2], 'sealed', ARGV[3])
    return redis.call('PEXPIRE', KEYS[1], ARGV[4])`,
};
const FIND: RedisScript = {
  numberOfKeys: 1,
  lua: `${STORED_FENCING_TOKEN}
    if not storedFence() then return {} end
    local found = redis.call('HMGET', KEYS[1], 'fence', 'id', 'sealed')
    return { found[1], found[2], found[3], redis.call('PTTL', KEYS[1]) }`,
};
const REMOVE: RedisScript = {
  numberOfKeys: 1,
  lua: `${STORED_FENCING_TOKEN}
    if storedFence() and redis.call('HGET', KEYS[1], 'id') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
    return 0`,
};

@Injectable()
export class SharedTokens {
  private readonly tokenKey: string;
  private readonly cacheKeys: readonly Buffer[];
  private readonly tokenAt = (keyOf: RedisKeyOf) => keyOf('auth', 'token', 2, this.tokenKey);
  private readonly leaseAt = (keyOf: RedisKeyOf) => keyOf('auth', 'lease', 2, this.tokenKey);

  constructor(
    config: AppConfig,
    private readonly redis: RedisClient,
    private readonly leases: RedisLeases,
    private readonly secret: ClientSecret,
    private readonly clock: Clock,
  ) {
    const { oauth } = config.partner ?? {};
    this.tokenKey = oauth === undefined ? '' : toTokenKey(oauth);
    this.cacheKeys = oauth?.cacheKeys ?? [];
  }

  /** What cannot be read, for whatever reason, is not there. */
  async find(): Promise<HeldToken | undefined> {
    const answer = await this.redis.runScript(FIND, this.tokenAt, []).catch(() => []);
    const [fencingToken, id, sealed, leftMs] = answer as [string?, string?, string?, number?];
    if (!fencingToken || !id || !sealed || leftMs === undefined || leftMs <= 0) return undefined;
    const text = open(sealed, await this.keys(), this.boundTo(id, fencingToken));
    if (text === undefined) return undefined;
    const { value, lifeSeconds } = JSON.parse(text) as { value: string; lifeSeconds: number };
    const { usableMs, refreshAfterMs } = toLifetime(lifeSeconds, this.clock.random());
    const usableUntilMs = this.clock.elapsedMs() + leftMs;
    const refreshFromMs = usableUntilMs - usableMs + refreshAfterMs;
    return { value, id, lifeSeconds, fencingToken: Number(fencingToken), usableUntilMs, refreshFromMs };
  }

  /** Whether it is the newest now; false where it is not, or Redis cannot say. */
  async put({ value, id, lifeSeconds, fencingToken, usableUntilMs }: HeldToken): Promise<boolean> {
    const leftMs = Math.floor(usableUntilMs - this.clock.elapsedMs());
    const [key] = await this.keys();
    if (key === undefined || leftMs <= 0) return false;
    const sealed = seal(JSON.stringify({ value, lifeSeconds }), key, this.boundTo(id, String(fencingToken)));
    const answer = this.redis.runScript(PUT, this.tokenAt, [fencingToken, id, sealed, leftMs]);
    return (await answer.catch(() => 0)) === 1;
  }

  /** That one only: a newer one is not what was refused. */
  async remove(id: string): Promise<void> {
    await this.redis.runScript(REMOVE, this.tokenAt, [id]).catch(() => undefined);
  }

  /** To be taken just before a token is requested; 0 if Redis cannot say. */
  async nextFencingToken(): Promise<number> {
    const fencingToken = await this.redis.runScript(NEXT_FENCING_TOKEN, this.tokenAt, []).catch(() => 0);
    return typeof fencingToken === 'number' ? fencingToken : 0;
  }

  async acquireLease(): Promise<LeaseOutcome> {
    const acquiring = this.leases.acquire(this.leaseAt, authPolicy.lockMs);
    return acquiring.then((isOurs) => (isOurs ? 'ours' : 'taken')).catch(() => 'away');
  }

  async renewLease(): Promise<void> {
    await this.leases.renew(this.leaseAt, authPolicy.lockMs);
  }

  async releaseLease(): Promise<void> {
    await this.leases.release(this.leaseAt);
  }

  /** The first seals. */
  private async keys(): Promise<readonly Buffer[]> {
    if (this.cacheKeys.length > 0) return this.cacheKeys;
    return [keyFromSecret(await this.secret.current(), this.tokenKey)];
  }

  private boundTo(id: string, fencingToken: string): string {
    return `${this.tokenKey} ${id} ${fencingToken}`;
  }
}
