/**
 * Retry budget: a token bucket to which each call adds a fraction of a retry. Source: M. Brooker, "Fixing retries with
 * token buckets and circuit breakers" (2022).
 */
interface Budget {
  readonly perCall: number;
  readonly initial: number;
  readonly max: number;
}

export class RetryBudget {
  private available: number;

  constructor(private readonly budget: Budget) {
    this.available = budget.perCall > 0 ? budget.initial : 0;
  }

  /** Adds the share of a new call. */
  add(): void {
    this.available = Math.min(this.budget.max, this.available + this.budget.perCall);
  }

  /** Takes one retry. Returns false if the budget is exhausted. */
  take(): boolean {
    if (this.available < 1) return false;
    this.available -= 1;
    return true;
  }
}
