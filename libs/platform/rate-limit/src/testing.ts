/** The counters in Redis for unit tests. All replicas of a test share one instance. */
import type { RedisClient } from '@platform/redis';

export { RedisThrottlerStorage } from './redis-throttler.storage';

interface Counter {
  hits: number;
  readonly endsAtMs: number;
}

export class FakeHitCounters {
  /** Hits that each command added, in order. */
  readonly commands: number[] = [];
  /** False: the client reports Redis as unavailable. */
  isAvailable = true;
  /** True: the client sends commands, and they fail. */
  isFailing = false;
  replyAfterMs = 0;
  private readonly counters = new Map<string, Counter>();

  get client(): RedisClient {
    return this as unknown as RedisClient;
  }

  /** Like the script of the storage, returns the hits and the remaining ms of their window, as of the arrival. */
  async runScript(_script: unknown, keyOf: (name: () => string) => string, args: [number, number]): Promise<unknown> {
    const [hits, windowMs] = args;
    this.commands.push(hits);
    if (!this.isAvailable || this.isFailing) throw new Error('Redis is unavailable');
    const counter = this.add(keyOf(toId), hits, windowMs);
    const reply = [counter.hits, counter.endsAtMs - performance.now()];
    if (this.replyAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.replyAfterMs));
    return reply;
  }

  /** Adds hits of other replicas. */
  add(id: string, hits: number, windowMs: number): Counter {
    const open = this.counters.get(id);
    const isOpen = open !== undefined && open.endsAtMs > performance.now();
    const counter = isOpen ? open : { hits: 0, endsAtMs: performance.now() + windowMs };
    counter.hits += hits;
    this.counters.set(id, counter);
    return counter;
  }

  hitsOf(id: string): number | undefined {
    return this.counters.get(id)?.hits;
  }

  /** Like a restart of a Redis without persistence. */
  clear(): void {
    this.counters.clear();
  }
}

function toId(...[, , , id]: string[]): string {
  return id ?? '';
}
