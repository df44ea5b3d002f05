interface BatcherLimits {
  /** Batches in progress. */
  readonly concurrent: number;
  readonly itemsPerBatch: number;
  /** Calls that wait for a batch. */
  readonly waiting: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Processes concurrent calls together. A call begins a batch at once unless `concurrent` batches are in progress; then it
 * waits, and forms the next batch with the other waiting calls. So a batch is larger the busier the process is, and a
 * single call never waits for others to arrive.
 */
export class Batcher<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private inProgress = 0;

  /** `process` returns the outcome of each item; if it rejects, all items of the batch do. */
  constructor(
    private readonly limits: BatcherLimits,
    private readonly process: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>,
    private readonly toRejection: () => Error,
  ) {}

  /** Rejects at once with `toRejection` if too many calls are waiting. */
  run(item: Item): Promise<Result> {
    if (this.waiting.length >= this.limits.waiting) return Promise.reject(this.toRejection());
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.start();
    });
  }

  private start(): void {
    if (this.inProgress >= this.limits.concurrent || this.waiting.length === 0) return;
    const batch = this.waiting.splice(0, this.limits.itemsPerBatch);
    this.inProgress += 1;
    void this.processBatch(batch).finally(() => {
      this.inProgress -= 1;
      this.start();
    });
  }

  private async processBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.process(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, at) => {
        const outcome = outcomes[at]!;
        if (outcome.status === 'fulfilled') resolve(outcome.value);
        else reject(outcome.reason);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
