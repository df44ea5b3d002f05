/**
 * What the partner last said of a product's stock: in this process, and for all processes in Redis. For the times when
 * it cannot be asked; what is not there is not known.
 */
import { Injectable } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';

export interface LastKnownStock {
  readonly externalId: string;
  readonly stock: number;
  /** That it had at the partner. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly asOfMs: number;
}

/** Older than that, it is no help to anybody. */
const KEPT_MS = 24 * 3_600_000;
/** A figure from further in the future than clocks differ was not written by us. */
const CLOCK_SKEW_MS = 60_000;
/** Some 2 MB. */
const L1_ENTRIES = 10_000;

@Injectable()
export class LastKnownStocks {
  private readonly l1 = new LRUCache<number, LastKnownStock>({ max: L1_ENTRIES, ttl: KEPT_MS });

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
  ) {}

  async find(id: number): Promise<LastKnownStock | undefined> {
    const text = await this.redis.run((redis, keyOf) => redis.get(stockKey(keyOf, id))).catch(() => null);
    const shared = text === null ? undefined : read(text, this.clock.nowMs());
    const here = this.l1.get(id);
    return (shared?.asOfMs ?? -1) > (here?.asOfMs ?? -1) ? shared : here;
  }

  /** Nobody waits for it. */
  remember(id: number, known: LastKnownStock): void {
    this.l1.set(id, known);
    this.redis
      .run((redis, keyOf) => redis.set(stockKey(keyOf, id), JSON.stringify(known), 'PX', KEPT_MS))
      .catch(() => undefined);
  }
}

function stockKey(keyOf: RedisKeyOf, id: number): string {
  return keyOf('products', 'known-stock', 1, String(id));
}

/** Undefined for a value that is not ours, or that its key has outlived. */
function read(text: string, nowMs: number): LastKnownStock | undefined {
  try {
    const { externalId, stock, version, asOfMs } = JSON.parse(text) as Record<string, unknown>;
    const isOurs = typeof externalId === 'string' && [stock, version, asOfMs].every(Number.isSafeInteger);
    const ageMs = nowMs - Number(asOfMs);
    return isOurs && ageMs > -CLOCK_SKEW_MS && ageMs < KEPT_MS
      ? { externalId, stock: Number(stock), version: Number(version), asOfMs: Number(asOfMs) }
      : undefined;
  } catch {
    return undefined;
  }
}
