/**
 * The token that replicas share through Redis, and the lease under which one replica requests the next token. Sharing
 * only saves requests: without Redis, each replica requests its own token. The fencing token orders requests, so that
 * an earlier token never overwrites a later one.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { RedisClient, RedisLeases, type RedisKeyOf, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import type { CachedToken } from '../access-token';
import { authPolicy } from '../auth.policy';
import { ClientSecret } from '../request/client-secret.reader';
import { toLifetime } from '../request/token-lifetime';
import { toTokenKey } from './token-key';
import { keyFromSecret, open, seal } from './token-seal';

/** `unavailable`: Redis did not respond. */
export type LeaseOutcome = 'acquired' | 'held' | 'unavailable';

/**
 * `storedFence()` returns the fencing token of the stored token. It deletes a key with an invalid type, fencing token
 * or expiry, which would block every later token. Fencing tokens are Redis time in µs, or slightly later.
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
/** Greater than the stored fencing token, even after a failover to a Redis server whose clock is behind. */
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
  private readonly leaseMs: number;
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
    this.leaseMs = Math.max(authPolicy.leaseMs, authPolicy.leaseCommands * (config.redis?.commandTimeoutMs ?? 0));
  }

  /** Returns undefined if there is no shared token, it cannot be decrypted, or Redis is unavailable. */
  async find(): Promise<CachedToken | undefined> {
    const response = await this.redis.runScript(FIND, this.tokenAt, []).catch(() => []);
    const [fencingToken, id, sealed, leftMs] = response as [string?, string?, string?, number?];
    if (!fencingToken || !id || !sealed || leftMs === undefined || leftMs <= 0) return undefined;
    const text = open(sealed, await this.keys(), this.boundTo(id, fencingToken));
    if (text === undefined) return undefined;
    const { value, lifeSeconds } = JSON.parse(text) as { value: string; lifeSeconds: number };
    const { usableMs, refreshAfterMs } = toLifetime(lifeSeconds, this.clock.random());
    const usableUntilMs = this.clock.elapsedMs() + leftMs;
    const refreshFromMs = usableUntilMs - usableMs + refreshAfterMs;
    return { value, id, lifeSeconds, fencingToken: Number(fencingToken), usableUntilMs, refreshFromMs };
  }

  /** Returns true if the token was stored as the newest; false if it is outdated or Redis is unavailable. */
  async put({ value, id, lifeSeconds, fencingToken, usableUntilMs }: CachedToken): Promise<boolean> {
    const leftMs = Math.floor(usableUntilMs - this.clock.elapsedMs());
    const [key] = await this.keys();
    if (key === undefined || leftMs <= 0) return false;
    const sealed = seal(JSON.stringify({ value, lifeSeconds }), key, this.boundTo(id, String(fencingToken)));
    const response = this.redis.runScript(PUT, this.tokenAt, [fencingToken, id, sealed, leftMs]);
    return (await response.catch(() => 0)) === 1;
  }

  /** Deletes the shared token if it has this id (compare and delete): the partner did not reject a newer one. */
  async remove(id: string): Promise<void> {
    await this.redis.runScript(REMOVE, this.tokenAt, [id]).catch(() => undefined);
  }

  /** Returns the fencing token for a request that is about to be sent; 0 if Redis is unavailable. */
  async nextFencingToken(): Promise<number> {
    const fencingToken = await this.redis.runScript(NEXT_FENCING_TOKEN, this.tokenAt, []).catch(() => 0);
    return typeof fencingToken === 'number' ? fencingToken : 0;
  }

  async acquireLease(): Promise<LeaseOutcome> {
    const acquiring = this.leases.acquire(this.leaseAt, this.leaseMs);
    return acquiring.then((isOurs) => (isOurs ? 'acquired' : 'held')).catch(() => 'unavailable');
  }

  async renewLease(): Promise<void> {
    await this.leases.renew(this.leaseAt, this.leaseMs);
  }

  async releaseLease(): Promise<void> {
    await this.leases.release(this.leaseAt);
  }

  /** Returns the key ring: the first key encrypts, all of them decrypt. */
  private async keys(): Promise<readonly Buffer[]> {
    if (this.cacheKeys.length > 0) return this.cacheKeys;
    return [keyFromSecret(await this.secret.current(), this.tokenKey)];
  }

  private boundTo(id: string, fencingToken: string): string {
    return `${this.tokenKey} ${id} ${fencingToken}`;
  }
}
