/**
 * Limits the tasks in progress; more wait in order, up to a limit, and others fail at once. A task that waits leaves the
 * queue as soon as its signal aborts, which cockatiel's bulkhead does not offer: there, tasks that were given up keep
 * others out.
 */
import { BulkheadRejectedError } from 'cockatiel';

interface BulkheadLimits {
  readonly concurrent: number;
  readonly waiting: number;
}

export class Bulkhead {
  private inProgress = 0;
  /** Each hands a place to the task that waits for it. */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limits: BulkheadLimits) {}

  /** Throws BulkheadRejectedError, or the reason of the signal if it aborts while the task waits. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    await this.enter(signal);
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    if (this.inProgress < this.limits.concurrent) {
      this.inProgress += 1;
      return;
    }
    if (this.waiting.size >= this.limits.waiting)
      throw new BulkheadRejectedError(this.limits.concurrent, this.limits.waiting);
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.waiting.delete(start);
        reject(signal.reason as Error);
      };
      this.waiting.add(start);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The place goes to the task that has waited longest. */
  private leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.inProgress -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
