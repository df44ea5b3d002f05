/**
 * The database's side of following the source: the lease of who does it, and each page as one transaction together with
 * the place where the next begins.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { ProductsPage } from '@integrations/partner';
import { CacheVersion } from '@platform/cache';
import { isWriteConflict, retryOnConflict, WriteDatabase } from '@platform/database';
import { Failpoints } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { ChangeCounts } from '../changes/product-change';
import { ProductChanges } from '../changes/product-changes.service';
import { toProductChanges, type PartnerChanges } from '../changes/partner-changes';
import { SyncStateRepository, type SyncPosition } from './sync-state.repository';
import { syncPolicy } from './sync.policy';

export type StoredBatch = ChangeCounts & Pick<PartnerChanges, 'rejected'>;

@Injectable()
export class SyncRun {
  private readonly logger = new Logger('Sync');

  constructor(
    private readonly database: WriteDatabase,
    private readonly state: SyncStateRepository,
    private readonly changes: ProductChanges,
    private readonly cacheVersion: CacheVersion,
    private readonly failpoints: Failpoints,
  ) {}

  /** Undefined as SyncStateRepository.take. What was committed by one who was killed then, nobody may have been told. */
  async begin(owner: string, minIntervalMs: number): Promise<SyncPosition | undefined> {
    const place = await this.database
      .runInTransaction(syncPolicy.batchDeadlineMs, (manager) => this.state.acquireLease(manager, owner, minIntervalMs))
      .catch(undefinedIfLocked);
    if (place?.wasInterrupted === true) await this.cacheVersion.invalidate();
    return place;
  }

  /** A lease that cannot be renewed in time is lost, which the next page notices. */
  async renew(owner: string): Promise<void> {
    await this.database
      .run(syncPolicy.batchDeadlineMs, (manager) => this.state.renewLease(manager, owner))
      .catch(() => undefined);
  }

  /**
   * All of the page or nothing; with the place where the next begins, if that is to be kept. Throws where another has
   * taken over. Where it fails it is not known whether it was committed, so everybody is told.
   */
  async store(owner: string, { data, nextCursor }: ProductsPage, isPlaceKept: boolean): Promise<StoredBatch> {
    const { changes, rejected } = toProductChanges(data);
    const work = async (manager: EntityManager) => {
      if (!(await this.state.renewLease(manager, owner))) throw new Error('another process has taken the sync over');
      const applied = changes.length === 0 ? NOTHING : await this.changes.apply(manager, changes);
      if (isPlaceKept) await this.state.advance(manager, owner, nextCursor);
      return applied;
    };
    const counts = await retryOnConflict(syncPolicy.maxRepeats, () =>
      this.database.runInTransaction(syncPolicy.batchDeadlineMs, work),
    ).catch(async (error: unknown) => {
      await this.cacheVersion.invalidate();
      throw error;
    });
    await this.failpoints.at('sy.committed');
    if (counts.isVisible) await this.cacheVersion.invalidate();
    return { ...counts, rejected };
  }

  /** Where that cannot be written, the lease ends by itself. */
  async end(owner: string, isComplete: boolean): Promise<void> {
    await retryOnConflict(syncPolicy.maxRepeats, () =>
      this.database.run(syncPolicy.batchDeadlineMs, (manager) => this.state.finish(manager, owner, isComplete)),
    ).catch((error: unknown) => this.logger.warn({ err: error, msg: 'the end of a sync could not be written down' }));
  }
}

/** A page that is being stored holds the row. */
function undefinedIfLocked(error: unknown): undefined {
  if (!isWriteConflict(error)) throw error;
}

const NOTHING: ChangeCounts = { changed: 0, removed: 0, unchanged: 0, outdated: 0, isVisible: false };
