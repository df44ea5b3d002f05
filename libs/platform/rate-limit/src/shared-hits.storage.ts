/**
 * Counts hits for the throttler: together with all other processes in Redis, by Redis' own time, and in this process
 * alone while Redis is lost. Hits of one client that arrive together are counted by one command. A client known to be
 * over its limit costs no command at all; one below it waits for none, as long as this process has told Redis of all
 * but a hundredth of its limit: so much, or one request, may each process let through beyond the limit.
 */
import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisClient, redisKey, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { HitCounters, type Hits } from './hit-counters';

/** Counts ARGV[1] hits in a window of ARGV[2] ms that begins with the first; also ends a window that has no end. */
const COUNT: RedisScript = {
  numberOfKeys: 1,
  lua: `
    local hits = redis.call('INCRBY', KEYS[1], ARGV[1])
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 then
      redis.call('PEXPIRE', KEYS[1], ARGV[2])
      left = tonumber(ARGV[2])
    end
    return { hits, left }`,
};

/** Hits that nobody waits for are gathered that long. */
const GATHER_MS = 5;

/** Of a limit; at least one hit. */
const UNTOLD_SHARE = 0.01;

/** The throttler's own shape; times are seconds. */
type Verdict = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Hits of one client that are counted together. */
interface Batch {
  count: number;
  readonly waiting: ((hits: Hits) => void)[];
  timer: NodeJS.Timeout | undefined;
}

@Injectable()
export class SharedHitsStorage implements ThrottlerStorage {
  private readonly counters = new HitCounters();
  private readonly gathered = new Map<string, Batch>();
  /** Hits that Redis has not confirmed yet, by client. */
  private readonly untold = new Map<string, number>();

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
  ) {}

  /** Never fails, and waits no longer than one command may take. */
  async increment(key: string, windowMs: number, limit: number): Promise<Verdict> {
    const hits = await this.hit(key, windowMs, limit);
    const secondsLeft = Math.max(1, Math.ceil((hits.endsAtMs - this.clock.elapsedMs()) / 1_000));
    return {
      totalHits: hits.count,
      timeToExpire: secondsLeft,
      isBlocked: hits.count > limit,
      timeToBlockExpire: secondsLeft,
    };
  }

  private hit(key: string, windowMs: number, limit: number): Hits | Promise<Hits> {
    const nowMs = this.clock.elapsedMs();
    const known = this.counters.find(key, nowMs);
    if (known !== undefined && known.count > limit) return known;
    const own = this.counters.add(key, 1, windowMs, nowMs);
    if (!this.redis.isAvailable) return own;
    const untold = (this.untold.get(key) ?? 0) + 1;
    this.untold.set(key, untold);
    const batch = this.batchOf(key, windowMs);
    batch.count += 1;
    const needsToWait = known === undefined || own.count > limit || untold > Math.max(1, limit * UNTOLD_SHARE);
    return needsToWait ? this.wait(batch, key, windowMs) : own;
  }

  private batchOf(key: string, windowMs: number): Batch {
    const open = this.gathered.get(key);
    if (open !== undefined) return open;
    const timer = setTimeout(() => void this.count(key, windowMs), GATHER_MS);
    const batch: Batch = { count: 0, waiting: [], timer };
    this.gathered.set(key, batch);
    return batch;
  }

  /** The batch goes at the end of this turn of the event loop, with all that comes in it. */
  private wait(batch: Batch, key: string, windowMs: number): Promise<Hits> {
    if (batch.waiting.length === 0) {
      clearTimeout(batch.timer);
      setImmediate(() => void this.count(key, windowMs));
    }
    return new Promise((answer) => batch.waiting.push(answer));
  }

  /** Those who wait are told the count as if they had come one by one, after those who did not. */
  private async count(key: string, windowMs: number): Promise<void> {
    const batch = this.gathered.get(key);
    if (batch === undefined) return;
    this.gathered.delete(key);
    const shared = await this.countShared(key, batch.count, windowMs);
    const untold = (this.untold.get(key) ?? 0) - batch.count;
    if (untold > 0) this.untold.set(key, untold);
    else this.untold.delete(key);
    const nowMs = this.clock.elapsedMs();
    const all =
      shared === undefined
        ? this.counters.find(key, nowMs)
        : this.counters.learn(key, { ...shared, count: shared.count + untold }, nowMs);
    const { count, endsAtMs } = { count: (all?.count ?? batch.count) - untold, endsAtMs: all?.endsAtMs ?? nowMs };
    batch.waiting.forEach((answer, at) => answer({ count: count - batch.waiting.length + at + 1, endsAtMs }));
  }

  /** Undefined where Redis cannot say; the hits may have been counted there nevertheless. */
  private async countShared(key: string, hits: number, windowMs: number): Promise<Hits | undefined> {
    const name = redisKey('rate-limit', 'hits', 1, key);
    const answer = await this.redis.runScript(COUNT, [name], [hits, windowMs]).catch(() => undefined);
    if (!Array.isArray(answer)) return undefined;
    const [count, leftMs] = answer.map(Number);
    return { count: count ?? hits, endsAtMs: this.clock.elapsedMs() + Math.min(leftMs ?? windowMs, windowMs) };
  }
}
