/**
 * Stores the progress of the partner sync: the lease of the process that runs it, and each page in one transaction with
 * the position of the next page.
 */
import { CatalogueWriter, ProductChanges, toProductChanges, type ChangeCounts, type SourceChanges } from '@catalogue';
import type { ProductsPage } from '@integrations/partner';
import { Injectable, Logger } from '@nestjs/common';
import { isWriteConflict, retryOnConflict, WriteDatabase } from '@platform/database';
import { Failpoints } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { SyncStateRepository, type SyncPosition } from './sync-state.repository';
import { syncPolicy } from './sync.policy';

export type StoredBatch = ChangeCounts & Pick<SourceChanges, 'rejected'>;

@Injectable()
export class SyncRun {
  private readonly logger = new Logger('Sync');

  constructor(
    private readonly database: WriteDatabase,
    private readonly state: SyncStateRepository,
    private readonly changes: ProductChanges,
    private readonly writer: CatalogueWriter,
    private readonly failpoints: Failpoints,
  ) {}

  /**
   * Acquires the lease; returns undefined as `SyncStateRepository.acquireLease` does.
   */
  begin(owner: string, minIntervalMs: number): Promise<SyncPosition | undefined> {
    return this.database
      .runInTransaction(syncPolicy.batchDeadlineMs, (manager) => this.state.acquireLease(manager, owner, minIntervalMs))
      .catch(undefinedIfLocked);
  }

  /** Renews the lease; errors are ignored. If the lease is lost, `store` throws on the next page. */
  async renew(owner: string): Promise<void> {
    await this.database
      .run(syncPolicy.batchDeadlineMs, (manager) => this.state.renewLease(manager, owner))
      .catch(() => undefined);
  }

  /**
   * Stores a page in one transaction, with the position of the next page if requested. Throws if another process has
   * taken over the lease.
   */
  async store(owner: string, { data, nextCursor }: ProductsPage, isPositionStored: boolean): Promise<StoredBatch> {
    const { changes, rejected } = toProductChanges(data);
    const counts = await this.writer.write(
      (work) => this.commit(work),
      async (transaction) => {
        if (!(await this.state.renewLease(transaction, owner)))
          throw new Error('another process has taken over the sync lease');
        const applied = changes.length === 0 ? NOTHING : await this.changes.apply(transaction, changes);
        if (isPositionStored) await this.state.advance(transaction, owner, nextCursor);
        return applied;
      },
    );
    return { ...counts, rejected };
  }

  private async commit<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await retryOnConflict(syncPolicy.maxRetries, () =>
      this.database.runInTransaction(syncPolicy.batchDeadlineMs, work),
    );
    await this.failpoints.at('sy.committed');
    return result;
  }

  /** Releases the lease. If the database cannot be written, the lease expires. */
  async end(owner: string, isComplete: boolean): Promise<void> {
    await retryOnConflict(syncPolicy.maxRetries, () =>
      this.database.run(syncPolicy.batchDeadlineMs, (manager) => this.state.finish(manager, owner, isComplete)),
    ).catch((error: unknown) =>
      this.logger.warn({ err: error, msg: 'the sync lease could not be released; it will expire' }),
    );
  }
}

/** Maps a locked row to undefined: another process is storing a page. */
function undefinedIfLocked(error: unknown): undefined {
  if (!isWriteConflict(error)) throw error;
}

const NOTHING: ChangeCounts = { changed: 0, removed: 0, unchanged: 0, outdated: 0 };
