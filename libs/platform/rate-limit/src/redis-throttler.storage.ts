/**
 * Counts hits for the throttler: together with all other processes in Redis, by Redis' own time, and in this process
 * alone while Redis is lost. Hits of one client that arrive together are counted by one command. A client known to be
 * over its limit costs no command at all. A client far below its limit waits for no command if its count in Redis is known
 * from the last 100 ms and this process has yet to report no more than a hundredth of the hits that are left, or one hit.
 * Together the processes may therefore exceed a limit: each by a hundredth of it, or by one hit if it is 100 or less.
 */
import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisClient, type RedisScript } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { HitWindows, applySharedCount, type HitWindow } from './hit-windows';

/**
 * Counts ARGV[1] hits in a window of ARGV[2] ms that begins with the first. A key that cannot be such a counter, because
 * of its type, its value or its expiry, is replaced by a new window.
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

/** Hits that nobody waits for are gathered that long. */
const REPORT_DELAY_MS = 20;

/** Of what is left of a limit; at least one hit. */
const UNREPORTED_SHARE = 0.01;

/** What all processes counted is not relied on for longer. */
const SHARED_COUNT_VALID_MS = 100;

/** The throttler's own shape; times are seconds. */
export type Verdict = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Hits of one client that are counted together. */
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

  /** Never fails, and waits no longer than one command may take. */
  async increment(key: string, windowMs: number, limit: number): Promise<Verdict> {
    const atOnce = this.incrementSync(key, windowMs, limit);
    if (atOnce !== undefined) return atOnce;
    const window = this.windows.at(key, this.clock.elapsedMs(), windowMs);
    const count = await this.count(key, window, windowMs);
    return this.toVerdict(count, window, limit);
  }

  /** Undefined, and nothing counted, where Redis has to be waited for. */
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

  /** What `incrementSync` would do; counts nothing. */
  stateOf(key: string, windowMs: number, limit: number): 'over-limit' | 'countable' | 'needs-redis' {
    const nowMs = this.clock.elapsedMs();
    const window = this.windows.at(key, nowMs, windowMs);
    if (window.count > limit) return 'over-limit';
    if (!this.redis.isAvailable) return 'countable';
    return window.count < limit && mayReportLater(window, limit, nowMs) ? 'countable' : 'needs-redis';
  }

  private toVerdict(count: number, { endsAtMs }: HitWindow, limit: number): Verdict {
    const secondsLeft = Math.max(1, Math.ceil((endsAtMs - this.clock.elapsedMs()) / 1_000));
    return { totalHits: count, timeToExpire: secondsLeft, isBlocked: count > limit, timeToBlockExpire: secondsLeft };
  }

  /** Counts a hit together with all that come in this turn of the event loop; gives what the count was with it. */
  private count(key: string, window: HitWindow, windowMs: number): Promise<number> {
    window.count += 1;
    const batch = this.report(key, window, windowMs);
    if (batch.waiting.length === 0) {
      clearTimeout(batch.timer);
      setImmediate(() => void this.send(batch));
    }
    return new Promise((answer) => batch.waiting.push(answer));
  }

  /** Has one more hit told to Redis, soon. */
  private report(key: string, window: HitWindow, windowMs: number): Batch {
    const batch = this.batches.get(window) ?? this.addToBatch(key, window, windowMs);
    batch.hits += 1;
    window.unreported += 1;
    return batch;
  }

  private addToBatch(key: string, window: HitWindow, windowMs: number): Batch {
    const timer = setTimeout(() => void this.send(batch), REPORT_DELAY_MS);
    const batch: Batch = { key, window, windowMs, waiting: [], hits: 0, timer };
    this.batches.set(window, batch);
    return batch;
  }

  /** Those who wait are told the count as if they had come one by one, after those who did not. */
  private async send(batch: Batch): Promise<void> {
    const { key, window, windowMs, waiting, hits } = batch;
    this.batches.delete(window);
    const shared = await this.countShared(key, hits, windowMs);
    window.unreported -= hits;
    if (shared !== undefined) applySharedCount(window, shared, this.clock.elapsedMs());
    const before = window.count - window.unreported - waiting.length;
    waiting.forEach((answer, at) => answer(before + at + 1));
  }

  /** Undefined where Redis cannot say; the hits may have been counted there nevertheless. */
  private async countShared(key: string, hits: number, windowMs: number) {
    const counting = this.redis.runScript(COUNT, (keyOf) => keyOf('rate-limit', 'hits', 1, key), [hits, windowMs]);
    const answer = await counting.catch(() => undefined);
    if (!Array.isArray(answer)) return undefined;
    const [count, leftMs] = answer.map(Number);
    return { count: count ?? hits, endsAtMs: this.clock.elapsedMs() + Math.min(leftMs ?? windowMs, windowMs) };
  }
}

function mayReportLater({ count, unreported, sharedAtMs }: HitWindow, limit: number, nowMs: number): boolean {
  return nowMs - sharedAtMs < SHARED_COUNT_VALID_MS && unreported < Math.max(1, (limit - count) * UNREPORTED_SHARE);
}
