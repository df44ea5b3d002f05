/**
 * Folds the words of all products again and rebuilds the search index, block by block. Each block is a transaction, so
 * readers and writers always find it whole. A build that was interrupted resumes: each block also stores which is next.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { retryOnConflict, runInTransaction } from '@platform/database';
import { DataSource, type EntityManager } from 'typeorm';
import { blockOf } from './block';
import { FoldedColumnsRepository } from './folded-columns.repository';
import { SearchIndexStateRepository } from './search-index-state.repository';
import { SearchIndexWriteRepository } from './search-index-write.repository';

export interface ReindexRequest {
  /** From the first block, even if an earlier build was ended before its last one. */
  readonly isRestart?: boolean;
  /** Ends the build after the block that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (blocksDone: number) => void;
}

/** Of a block whose products are written meanwhile. */
const MAX_REPEATS = 5;

@Injectable()
export class ReindexService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: FoldedColumnsRepository,
    private readonly index: SearchIndexWriteRepository,
    private readonly state: SearchIndexStateRepository,
    private readonly cacheVersion: CacheVersion,
  ) {}

  /** False where it was ended before the last block. */
  async run({ isRestart = false, signal, onProgress }: ReindexRequest): Promise<boolean> {
    const blocks = await this.countBlocks();
    for (let block = isRestart ? 0 : await this.firstBlock(); block < blocks; block++) {
      if (signal.aborted) return false;
      await this.rebuild(block);
      onProgress(block + 1);
    }
    await this.state.setComplete();
    await this.cacheVersion.invalidate(); // for replicas: who plans by the whole index has to read the whole index
    return true;
  }

  /** The block at which a run begins that is no restart. */
  async firstBlock(): Promise<number> {
    return (await this.state.nextBlock()) ?? 0;
  }

  private async rebuild(block: number): Promise<void> {
    const rebuild = async (manager: EntityManager) => {
      await this.products.refold(manager, block);
      await this.index.rebuild(manager, block);
      await this.state.setNextBlock(manager, block + 1);
    };
    await retryOnConflict(MAX_REPEATS, () => runInTransaction(this.dataSource, rebuild));
  }

  /** Blocks of the ids there are now; products added later are indexed by whoever adds them. */
  async countBlocks(): Promise<number> {
    const [row] = await this.dataSource.query<{ lastId: number | null }[]>('SELECT MAX(id) AS lastId FROM products');
    return blockOf(row?.lastId ?? -1) + 1;
  }
}
