/**
 * How many tries beyond the first there may be: each call puts a part of one into a bucket. Source: M. Brooker, "Fixing
 * retries with token buckets and circuit breakers" (2022).
 */
interface Budget {
  readonly perCall: number;
  readonly initially: number;
  readonly atMost: number;
}

export class RetryBudget {
  private left: number;

  constructor(private readonly budget: Budget) {
    this.left = budget.perCall > 0 ? budget.initially : 0;
  }

  /** A call has begun. */
  add(): void {
    this.left = Math.min(this.budget.atMost, this.left + this.budget.perCall);
  }

  take(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
