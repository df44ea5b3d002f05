/**
 * The last stock of a product that the partner has returned, cached in this process (L1) and in Redis for all
 * processes. It serves requests while the partner is unavailable.
 */
import { Injectable } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';

export interface LastKnownStock {
  readonly externalId: string;
  readonly stock: number;
  /** Version of the stock at the partner. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly asOfMs: number;
}

/** Time to live: an older stock is of no use. */
const TTL_MS = 24 * 3_600_000;
/** Maximum difference between clocks; a value from further in the future was not written by this service. */
const CLOCK_SKEW_MS = 60_000;
/** About 2 MB. */
const L1_ENTRIES = 10_000;

@Injectable()
export class LastKnownStocks {
  private readonly l1 = new LRUCache<number, LastKnownStock>({ max: L1_ENTRIES, ttl: TTL_MS });

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
  ) {}

  async find(id: number): Promise<LastKnownStock | undefined> {
    const text = await this.redis.run((redis, keyOf) => redis.get(stockKey(keyOf, id))).catch(() => null);
    const shared = text === null ? undefined : parse(text, this.clock.nowMs());
    const local = this.l1.get(id);
    return (shared?.asOfMs ?? -1) > (local?.asOfMs ?? -1) ? shared : local;
  }

  /** Stores the stock without waiting for Redis; a failed write is ignored. */
  store(id: number, known: LastKnownStock): void {
    this.l1.set(id, known);
    this.redis
      .run((redis, keyOf) => redis.set(stockKey(keyOf, id), JSON.stringify(known), 'PX', TTL_MS))
      .catch(() => undefined);
  }
}

function stockKey(keyOf: RedisKeyOf, id: number): string {
  return keyOf('products', 'known-stock', 1, String(id));
}

/** Returns undefined if the value is malformed, expired or from the future. */
function parse(text: string, nowMs: number): LastKnownStock | undefined {
  try {
    const { externalId, stock, version, asOfMs } = JSON.parse(text) as Record<string, unknown>;
    const isOurs = typeof externalId === 'string' && [stock, version, asOfMs].every(Number.isSafeInteger);
    const ageMs = nowMs - Number(asOfMs);
    return isOurs && ageMs > -CLOCK_SKEW_MS && ageMs < TTL_MS
      ? { externalId, stock: Number(stock), version: Number(version), asOfMs: Number(asOfMs) }
      : undefined;
  } catch {
    return undefined;
  }
}
