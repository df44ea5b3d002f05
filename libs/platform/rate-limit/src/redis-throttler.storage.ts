/**
 * Counts hits for the throttler: in Redis, for all processes and by the clock of Redis; in this process only while
 * Redis is unavailable. Concurrent hits of one client are counted by one command. A client over its limit causes no
 * commands. A client far below its limit does not wait for Redis if the shared count is at most 100 ms old and this
 * process has at most 1 % of the remaining hits unreported, or one hit. Together, the processes may therefore exceed a
 * limit: each by 1 % of it, or by one hit if it is 100 or less.
 */
import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisClient, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { HitWindows, applySharedCount, type HitWindow } from './hit-windows';

/**
 * Counts ARGV[1] hits in a window of ARGV[2] ms that begins with the first hit. Replaces a key that cannot be such a
 * counter, because of its type, value or expiry.
 */
const COUNT: RedisScript = {
  numberOfKeys: 1,
  lua: `
    local hits = redis.pcall('INCRBY', KEYS[1], ARGV[1])
    local left = redis.call('PTTL', KEYS[1])
    if type(hits) == 'number' and left >= 0 and left <= tonumber(ARGV[2]) then return { hits, left } end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return { tonumber(ARGV[1]), tonumber(ARGV[2]) }`,
};

/** Maximum time to batch hits that do not wait for Redis. */
const REPORT_DELAY_MS = 20;

/** Maximum share of the remaining hits that may be unreported; at least one hit. */
const UNREPORTED_SHARE = 0.01;

/** Maximum age of a shared count that decides without Redis. */
const SHARED_COUNT_VALID_MS = 100;

/** Result of ThrottlerStorage; times are in seconds. */
export type Verdict = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Hits of one client that one command counts. */
interface Batch {
  readonly key: string;
  readonly window: HitWindow;
  readonly windowMs: number;
  readonly waiting: ((count: number) => void)[];
  hits: number;
  timer: NodeJS.Timeout | undefined;
}

@Injectable()
export class RedisThrottlerStorage implements ThrottlerStorage {
  private readonly windows = new HitWindows();
  private readonly batches = new Map<HitWindow, Batch>();

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
  ) {}

  /** Never rejects, and waits at most for one command. */
  async increment(key: string, windowMs: number, limit: number): Promise<Verdict> {
    const verdict = this.incrementSync(key, windowMs, limit);
    if (verdict !== undefined) return verdict;
    const window = this.windows.at(key, this.clock.elapsedMs(), windowMs);
    const count = await this.count(key, window, windowMs);
    return this.toVerdict(count, window, limit);
  }

  /** Returns undefined and counts nothing if the decision requires Redis. */
  incrementSync(key: string, windowMs: number, limit: number): Verdict | undefined {
    const state = this.stateOf(key, windowMs, limit);
    if (state === 'needs-redis') return undefined;
    const window = this.windows.at(key, this.clock.elapsedMs(), windowMs);
    if (state === 'countable') {
      if (this.redis.isAvailable) this.report(key, window, windowMs);
      window.count += 1;
    }
    return this.toVerdict(window.count, window, limit);
  }

  /** Returns what `incrementSync` would do, but counts nothing. */
  stateOf(key: string, windowMs: number, limit: number): 'over-limit' | 'countable' | 'needs-redis' {
    const nowMs = this.clock.elapsedMs();
    const window = this.windows.at(key, nowMs, windowMs);
    if (window.count > limit) return 'over-limit';
    if (!this.redis.isAvailable) return 'countable';
    return window.count < limit && mayReportLater(window, limit, nowMs) ? 'countable' : 'needs-redis';
  }

  private toVerdict(count: number, { endsAtMs }: HitWindow, limit: number): Verdict {
    const remainingSeconds = Math.max(1, Math.ceil((endsAtMs - this.clock.elapsedMs()) / 1_000));
    return {
      totalHits: count,
      timeToExpire: remainingSeconds,
      isBlocked: count > limit,
      timeToBlockExpire: remainingSeconds,
    };
  }

  /** Counts a hit in Redis, with all others of this event loop iteration. Returns the count including the hit. */
  private count(key: string, window: HitWindow, windowMs: number): Promise<number> {
    window.count += 1;
    const batch = this.report(key, window, windowMs);
    if (batch.waiting.length === 0) {
      clearTimeout(batch.timer);
      setImmediate(() => void this.send(batch));
    }
    return new Promise((resolve) => batch.waiting.push(resolve));
  }

  /** Adds a hit to the batch that is sent to Redis next. */
  private report(key: string, window: HitWindow, windowMs: number): Batch {
    const batch = this.batches.get(window) ?? this.createBatch(key, window, windowMs);
    batch.hits += 1;
    window.unreported += 1;
    return batch;
  }

  private createBatch(key: string, window: HitWindow, windowMs: number): Batch {
    const timer = setTimeout(() => void this.send(batch), REPORT_DELAY_MS);
    const batch: Batch = { key, window, windowMs, waiting: [], hits: 0, timer };
    this.batches.set(window, batch);
    return batch;
  }

  /** Resolves the waiting hits with ascending counts, which follow those of the hits that did not wait. */
  private async send(batch: Batch): Promise<void> {
    const { key, window, windowMs, waiting, hits } = batch;
    this.batches.delete(window);
    const shared = await this.countShared(key, hits, windowMs);
    window.unreported -= hits;
    if (shared !== undefined) applySharedCount(window, shared, this.clock.elapsedMs());
    const countBefore = window.count - window.unreported - waiting.length;
    waiting.forEach((resolve, at) => resolve(countBefore + at + 1));
  }

  /** Returns undefined if Redis fails. Redis may have counted the hits nevertheless. */
  private async countShared(key: string, hits: number, windowMs: number) {
    const counting = this.redis.runScript(COUNT, (keyOf) => keyOf('rate-limit', 'hits', 1, key), [hits, windowMs]);
    const reply = await counting.catch(() => undefined);
    if (!Array.isArray(reply)) return undefined;
    const [count, remainingMs] = reply.map(Number);
    return { count: count ?? hits, endsAtMs: this.clock.elapsedMs() + Math.min(remainingMs ?? windowMs, windowMs) };
  }
}

function mayReportLater({ count, unreported, sharedAtMs }: HitWindow, limit: number, nowMs: number): boolean {
  return nowMs - sharedAtMs < SHARED_COUNT_VALID_MS && unreported < Math.max(1, (limit - count) * UNREPORTED_SHARE);
}
