/**
 * Folds the words of all products again and rebuilds the search index, block by block. Each block is one transaction,
 * so readers and writers always see a whole block. An interrupted build resumes, because each transaction also stores
 * the next block.
 */
import { blockOf } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { retryOnConflict, runInTransaction } from '@platform/database';
import { DataSource } from 'typeorm';
import { SearchIndexWriteRepository } from '../index-writer/search-index-write.repository';
import { CatalogueWriter } from '../store/catalogue.writer';
import { SearchIndexStateRepository } from '../store/search-index-state.repository';
import { FoldedColumnsRepository } from './folded-columns.repository';

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
    private readonly writer: CatalogueWriter,
  ) {}

  /** Returns false if it was aborted before the last block. */
  async run({ isRestart = false, signal, onProgress }: ReindexRequest): Promise<boolean> {
    const blocks = await this.countBlocks();
    for (let block = isRestart ? 0 : await this.firstBlock(); block < blocks; block++) {
      if (signal.aborted) return false;
      await this.rebuild(block);
      onProgress(block + 1);
    }
    await this.complete();
    return true;
  }

  /** Returns the first block of a run that is not a restart. */
  async firstBlock(): Promise<number> {
    return (await this.state.nextBlock()) ?? 0;
  }

  private async rebuild(block: number): Promise<void> {
    await this.writer.write(
      (work) => retryOnConflict(MAX_RETRIES, () => runInTransaction(this.dataSource, work)),
      async (transaction) => {
        const hasChanged = await this.products.refold(transaction, block);
        await this.index.rebuild(transaction, block);
        await this.state.setNextBlock(transaction, block + 1);
        if (hasChanged) await this.writer.logEverything(transaction);
      },
    );
  }

  /** Plans by the complete index then read only servers that have reached this change, and thus all of the index. */
  private async complete(): Promise<void> {
    await this.writer.write(
      (work) => runInTransaction(this.dataSource, work),
      async (transaction) => {
        await this.state.setComplete(transaction);
        await this.writer.logEverything(transaction);
      },
    );
  }

  /** Counts the blocks of the current ids; products added later are indexed by their writers. */
  async countBlocks(): Promise<number> {
    const [row] = await this.dataSource.query<{ lastId: number | null }[]>('SELECT MAX(id) AS lastId FROM products');
    return blockOf(row?.lastId ?? -1) + 1;
  }
}
