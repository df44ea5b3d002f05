/**
 * The database's side of following the source: the lease of who does it, and each page as one transaction together with
 * the place where the next begins.
 */
import { Injectable } from '@nestjs/common';
import type { ProductsPage } from '@integrations/partner';
import { CacheVersion } from '@platform/cache';
import { repeatLostRaces, WriteDatabase } from '@platform/database';
import { Failpoints } from '@platform/resilience';
import type { ChangeCounts } from '../changes/product-change';
import { ProductChanges } from '../changes/product-changes.service';
import { toSyncBatch, type SyncBatch } from './sync-batch';
import { SyncStateRepository, type SyncPlace } from './sync-state.repository';
import { syncPolicy } from './sync.policy';

export type StoredBatch = ChangeCounts & Pick<SyncBatch, 'rejected'>;

@Injectable()
export class SyncRun {
  constructor(
    private readonly database: WriteDatabase,
    private readonly state: SyncStateRepository,
    private readonly changes: ProductChanges,
    private readonly cacheVersion: CacheVersion,
    private readonly failpoints: Failpoints,
  ) {}

  /** Undefined as SyncStateRepository.take. What was committed by one who was killed then, nobody may have been told. */
  async begin(owner: string, notWithinMs: number): Promise<SyncPlace | undefined> {
    const place = await this.database.transact(syncPolicy.batchDeadlineMs, (manager) =>
      this.state.take(manager, owner, notWithinMs),
    );
    if (place?.wasLeft === true) await this.cacheVersion.bump();
    return place;
  }

  /** Gives what stops it. A lease that cannot be renewed in time is lost, which the next page notices. */
  keep(owner: string): NodeJS.Timeout {
    const renew = () =>
      void this.database
        .run(syncPolicy.batchDeadlineMs, (manager) => this.state.renew(manager, owner))
        .catch(() => undefined);
    return setInterval(renew, syncPolicy.renewMs);
  }

  /** All of the page or nothing. Throws where another has taken over. */
  async store(owner: string, { data, nextCursor }: ProductsPage): Promise<StoredBatch> {
    const { changes, rejected } = toSyncBatch(data);
    const counts = await repeatLostRaces(syncPolicy.maxRepeats, () =>
      this.database.transact(syncPolicy.batchDeadlineMs, async (manager) => {
        if (!(await this.state.renew(manager, owner))) throw new Error('another process has taken the sync over');
        const applied = changes.length === 0 ? NOTHING : await this.changes.apply(manager, changes);
        await this.state.move(manager, owner, nextCursor);
        return applied;
      }),
    );
    await this.failpoints.at('sy.committed');
    if (counts.isVisible) await this.cacheVersion.bump();
    return { ...counts, rejected };
  }

  /** Where it failed, it is not known what was committed last, so everybody is told. */
  async end(owner: string, isComplete: boolean): Promise<void> {
    if (!isComplete) await this.cacheVersion.bump();
    await this.database.run(syncPolicy.batchDeadlineMs, (manager) => this.state.finish(manager, owner, isComplete));
  }
}

const NOTHING: ChangeCounts = { changed: 0, removed: 0, unchanged: 0, outdated: 0, isVisible: false };
