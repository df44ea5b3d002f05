/**
 * Folds the words of all products again and rebuilds the search index, block by block. Each block is one transaction,
 * so readers and writers always see a whole block. An interrupted build resumes, because each transaction also stores
 * the next block.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { retryOnConflict, runInTransaction } from '@platform/database';
import { DataSource, type EntityManager } from 'typeorm';
import { blockOf } from '@engine/search';
import { FoldedColumnsRepository } from './folded-columns.repository';
import { SearchIndexStateRepository } from '../index-writer/search-index-state.repository';
import { SearchIndexWriteRepository } from '../index-writer/search-index-write.repository';

export interface ReindexRequest {
  /** Starts from the first block, even if an earlier build was interrupted. */
  readonly isRestart?: boolean;
  /** Ends the build after the current block. */
  readonly signal: AbortSignal;
  readonly onProgress: (blocksDone: number) => void;
}

/** Retries of a block whose products are written meanwhile. */
const MAX_RETRIES = 5;

@Injectable()
export class ReindexService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: FoldedColumnsRepository,
    private readonly index: SearchIndexWriteRepository,
    private readonly state: SearchIndexStateRepository,
    private readonly cacheVersion: CacheVersion,
  ) {}

  /** Returns false if it was aborted before the last block. */
  async run({ isRestart = false, signal, onProgress }: ReindexRequest): Promise<boolean> {
    const blocks = await this.countBlocks();
    for (let block = isRestart ? 0 : await this.firstBlock(); block < blocks; block++) {
      if (signal.aborted) return false;
      await this.rebuild(block);
      onProgress(block + 1);
    }
    await this.state.setComplete();
    await this.cacheVersion.invalidate(); // plans by the complete index then read only servers that have all of it
    return true;
  }

  /** Returns the first block of a run that is not a restart. */
  async firstBlock(): Promise<number> {
    return (await this.state.nextBlock()) ?? 0;
  }

  private async rebuild(block: number): Promise<void> {
    const rebuild = async (manager: EntityManager) => {
      await this.products.refold(manager, block);
      await this.index.rebuild(manager, block);
      await this.state.setNextBlock(manager, block + 1);
    };
    await retryOnConflict(MAX_RETRIES, () => runInTransaction(this.dataSource, rebuild));
  }

  /** Counts the blocks of the current ids; products added later are indexed by their writers. */
  async countBlocks(): Promise<number> {
    const [row] = await this.dataSource.query<{ lastId: number | null }[]>('SELECT MAX(id) AS lastId FROM products');
    return blockOf(row?.lastId ?? -1) + 1;
  }
}
