/**
 * Hits in windows of time, one for each client, as far as this process knows of them: what all processes counted
 * together while Redis answers, and its own while it does not. Times are of a clock that never goes back. Bounded: of
 * too many clients the longest silent are forgotten.
 */
import { LRUCache } from 'lru-cache';

export interface HitWindow {
  count: number;
  /** When it ends. */
  endsAtMs: number;
  /** When the count of all processes was known last; never, where it was not. */
  sharedAtMs: number;
  /** Hits in the count that Redis has not confirmed yet. */
  unreported: number;
}

/** Some 20 MB. A client that is forgotten begins anew, which takes an attacker as many addresses as this. */
const MAX_CLIENTS = 100_000;

export class HitWindows {
  private readonly windows: LRUCache<string, HitWindow>;

  constructor(maxClients = MAX_CLIENTS) {
    this.windows = new LRUCache({ max: maxClients });
  }

  /** The one that is open, or a new one. */
  at(key: string, nowMs: number, windowMs: number): HitWindow {
    const open = this.windows.get(key);
    if (open !== undefined && open.endsAtMs > nowMs) return open;
    const opened = { count: 0, endsAtMs: nowMs + windowMs, sharedAtMs: -Infinity, unreported: 0 };
    this.windows.set(key, opened);
    return opened;
  }
}

/** Takes over what all processes counted together; never less than was counted here. */
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
