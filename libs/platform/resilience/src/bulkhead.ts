/**
 * Limits the tasks in progress. Further tasks wait in a FIFO queue with a limit; beyond it, tasks fail at once. A
 * waiting task leaves the queue as soon as its signal aborts. In cockatiel's bulkhead, aborted tasks stay in the queue.
 */
import { BulkheadRejectedError } from 'cockatiel';

interface BulkheadLimits {
  readonly concurrent: number;
  readonly waiting: number;
}

export class Bulkhead {
  private inProgress = 0;
  /** Queue of callbacks that start a waiting task. */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limits: BulkheadLimits) {}

  /** Throws BulkheadRejectedError if the queue is full, or the reason of the signal if it aborts during the wait. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    await this.acquireSlot(signal);
    try {
      return await task();
    } finally {
      this.releaseSlot();
    }
  }

  private async acquireSlot(signal: AbortSignal): Promise<void> {
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

  /** Passes the slot to the task that has waited longest. */
  private releaseSlot(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.inProgress -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
