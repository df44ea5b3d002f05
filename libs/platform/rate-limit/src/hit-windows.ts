/**
 * Fixed windows with the hits of each client: those of all processes while Redis is available, otherwise those of this
 * process. Times are those of a monotonic clock. Bounded: evicts the windows of the least recently counted clients.
 */
import { LRUCache } from 'lru-cache';

export interface HitWindow {
  count: number;
  endsAtMs: number;
  /** Time of the last shared count; -Infinity if there was none. */
  sharedAtMs: number;
  /** Hits in `count` that Redis has not confirmed yet. */
  unreported: number;
}

/** About 20 MB. An evicted client is counted from 0 again; forcing an eviction takes this many addresses. */
const MAX_CLIENTS = 100_000;

export class HitWindows {
  private readonly windows: LRUCache<string, HitWindow>;

  constructor(maxClients = MAX_CLIENTS) {
    this.windows = new LRUCache({ max: maxClients });
  }

  /** Returns the open window of the client, or opens a new one. */
  at(key: string, nowMs: number, windowMs: number): HitWindow {
    const open = this.windows.get(key);
    if (open !== undefined && open.endsAtMs > nowMs) return open;
    const opened = { count: 0, endsAtMs: nowMs + windowMs, sharedAtMs: -Infinity, unreported: 0 };
    this.windows.set(key, opened);
    return opened;
  }
}

/** Applies the count of all processes, but never reduces the local count. */
export function applySharedCount(
  window: HitWindow,
  shared: Pick<HitWindow, 'count' | 'endsAtMs'>,
  nowMs: number,
): void {
  window.sharedAtMs = nowMs;
  const count = shared.count + window.unreported;
  if (count < window.count) return;
  window.count = count;
  window.endsAtMs = shared.endsAtMs;
}
