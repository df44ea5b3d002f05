/**
 * What the partner last said of a product's stock: in this process, and for all processes in Redis. For the times when
 * it cannot be asked; what is not there is not known.
 */
import { Injectable } from '@nestjs/common';
import { RedisClient, redisKey } from '@platform/redis';
import { LRUCache } from 'lru-cache';

export interface KnownStock {
  readonly externalId: string;
  readonly stock: number;
  /** That it had at the partner. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly asOfMs: number;
}

/** Older than that, it is no help to anybody. */
const KEPT_MS = 24 * 3_600_000;
/** Some 2 MB. */
const KEPT_HERE = 10_000;

@Injectable()
export class KnownStocks {
  private readonly here = new LRUCache<number, KnownStock>({ max: KEPT_HERE, ttl: KEPT_MS });

  constructor(private readonly redis: RedisClient) {}

  async find(id: number): Promise<KnownStock | undefined> {
    const text = await this.redis.run((redis) => redis.get(keyOf(id))).catch(() => null);
    const shared = text === null ? undefined : read(text);
    const here = this.here.get(id);
    return (shared?.asOfMs ?? -1) > (here?.asOfMs ?? -1) ? shared : here;
  }

  /** Nobody waits for it. */
  remember(id: number, known: KnownStock): void {
    this.here.set(id, known);
    this.redis.run((redis) => redis.set(keyOf(id), JSON.stringify(known), 'PX', KEPT_MS)).catch(() => undefined);
  }
}

function keyOf(id: number): string {
  return redisKey('products', 'known-stock', 1, String(id));
}

/** Undefined for what is not ours. */
function read(text: string): KnownStock | undefined {
  try {
    const { externalId, stock, version, asOfMs } = JSON.parse(text) as Record<string, unknown>;
    const isOurs = typeof externalId === 'string' && [stock, version, asOfMs].every(Number.isSafeInteger);
    return isOurs ? { externalId, stock: Number(stock), version: Number(version), asOfMs: Number(asOfMs) } : undefined;
  } catch {
    return undefined;
  }
}
