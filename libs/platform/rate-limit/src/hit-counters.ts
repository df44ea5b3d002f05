/**
 * Hits in windows, counted in this process: what is known of the shared count while Redis answers, and all there is
 * while it does not. Times are of a clock that never goes back. Bounded: of too many clients the longest silent are
 * forgotten.
 */
import { LRUCache } from 'lru-cache';

export interface Hits {
  readonly count: number;
  /** When the window ends. */
  readonly endsAtMs: number;
}

/** Some 20 MB. A client that is forgotten begins anew, which takes an attacker as many addresses as this. */
const MAX_CLIENTS = 100_000;

export class HitCounters {
  private readonly counters: LRUCache<string, Hits>;

  constructor(maxClients = MAX_CLIENTS) {
    this.counters = new LRUCache({ max: maxClients });
  }

  /** Undefined where no window is open. */
  find(key: string, nowMs: number): Hits | undefined {
    const hits = this.counters.get(key);
    return hits !== undefined && hits.endsAtMs > nowMs ? hits : undefined;
  }

  /** Counts some more; the first opens a window. */
  add(key: string, more: number, windowMs: number, nowMs: number): Hits {
    const open = this.find(key, nowMs) ?? { count: 0, endsAtMs: nowMs + windowMs };
    const hits = { count: open.count + more, endsAtMs: open.endsAtMs };
    this.counters.set(key, hits);
    return hits;
  }

  /** Takes over what all processes counted together; never less than was counted here in the same window. */
  learn(key: string, shared: Hits, nowMs: number): Hits {
    const own = this.find(key, nowMs);
    const hits = own !== undefined && own.count > shared.count ? own : shared;
    this.counters.set(key, hits);
    return hits;
  }
}
