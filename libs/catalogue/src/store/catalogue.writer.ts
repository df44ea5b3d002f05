/**
 * Runs the transactions that write the catalogue, and invalidates the caches after the commit of a visible change. The
 * write repositories accept only such a transaction, so no caller can forget the invalidation.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { Clock } from '@platform/resilience';
import type { EntityManager } from 'typeorm';

declare const ofCatalogue: unique symbol;

/** Entity manager of a transaction that reports its visible changes. */
export type CatalogueTransaction = EntityManager & { readonly [ofCatalogue]: true };

/** Runs the work in a new transaction, or in several if it retries after a rollback. */
type Transaction = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;
type Work<T> = (transaction: CatalogueTransaction) => Promise<T>;

const changed = new WeakSet<EntityManager>();

/** Records that the transaction changes a response of the catalogue. Write repositories call it. */
export function recordChange(transaction: CatalogueTransaction): void {
  changed.add(transaction);
}

/** For the transaction of an owner that invalidates the caches itself, as the inbox does even after a crash. */
export function joinTransaction(manager: EntityManager): CatalogueTransaction {
  return manager as CatalogueTransaction;
}

/** At most one invalidation in this time while many transactions follow each other. */
const SERIES_INTERVAL_MS = 1_000;

@Injectable()
export class CatalogueWriter {
  constructor(
    private readonly cacheVersion: CacheVersion,
    private readonly clock: Clock,
  ) {}

  /** Invalidates the caches at once after a commit with visible changes. */
  write<T>(transaction: Transaction, work: Work<T>): Promise<T> {
    return runTracked(transaction, work, () => this.cacheVersion.invalidate());
  }

  /** Begins a series of transactions, such as the batches of an import. */
  openSeries(): WriteSeries {
    return new WriteSeries(this.cacheVersion, this.clock);
  }

  /** Invalidates the caches for a process that may have been killed between its commit and the invalidation. */
  invalidateAfterCrash(): Promise<void> {
    return this.cacheVersion.invalidate();
  }
}

/** Invalidates the caches at most once a second, which also limits the stale responses that a killed series leaves. */
export class WriteSeries {
  private lastMs: number;
  private isPending = false;

  constructor(
    private readonly cacheVersion: CacheVersion,
    private readonly clock: Clock,
  ) {
    this.lastMs = clock.elapsedMs();
  }

  async write<T>(transaction: Transaction, work: Work<T>): Promise<T> {
    const result = await runTracked(transaction, work, () => this.markPending());
    if (this.isPending && this.clock.elapsedMs() - this.lastMs >= SERIES_INTERVAL_MS) await this.invalidate();
    return result;
  }

  /** Must be called after the last transaction, even if one failed. Also invalidates for a series that was killed. */
  end(): Promise<void> {
    return this.invalidate();
  }

  private markPending(): Promise<void> {
    this.isPending = true;
    return Promise.resolve();
  }

  private async invalidate(): Promise<void> {
    this.isPending = false;
    this.lastMs = this.clock.elapsedMs();
    await this.cacheVersion.invalidate();
  }
}

/** A failed COMMIT may have taken effect, so its changes count as visible; an error of the work rolls back. */
async function runTracked<T>(
  transaction: Transaction,
  work: Work<T>,
  afterVisibleChange: () => Promise<void>,
): Promise<T> {
  const attempt = { mayBeVisible: false };
  try {
    return await transaction(async (manager) => {
      attempt.mayBeVisible = false;
      changed.delete(manager); // SQLite reuses the entity manager
      const result = await work(joinTransaction(manager));
      attempt.mayBeVisible = changed.has(manager);
      return result;
    });
  } finally {
    if (attempt.mayBeVisible) await afterVisibleChange();
  }
}
