/** Fills the database with the demo catalogue up to a size. Existing products remain, so a run can be resumed. */
import { DEMO_ID_PREFIX, NEWEST_MS, demoProducts } from '@demo';
import { BLOCK_IDS } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { runInTransaction } from '@platform/database';
import { DataSource, Like } from 'typeorm';
import { Product } from '../product.entity';
import { CatalogueWriter } from '../store/catalogue.writer';
import { ProductWriteRepository } from '../store/product-write.repository';
import { SortIndexRepository } from './sort-index.repository';

export interface SeedRequest {
  /** Number of demo products after the run. */
  readonly rows: number;
  /** Stops the run after the current batch. */
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/**
 * Products per transaction, which is the most that a killed run loses: four blocks of the search index, minus one
 * product. InnoDB reserves ids for LOAD DATA in powers of two; with four full blocks, it would skip as many ids again.
 */
const BATCH_SIZE = 4 * BLOCK_IDS - 1;

/** From this number of new products, rebuilding the sort indexes afterwards is faster than maintaining them. */
const BULK_LOAD_PRODUCTS = 100_000;

@Injectable()
export class DemoCatalogueService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductWriteRepository,
    private readonly sortIndexes: SortIndexRepository,
    private readonly writer: CatalogueWriter,
  ) {}

  /** Returns the number of products that were added. */
  async fill(request: SeedRequest): Promise<number> {
    const existing = await this.countExisting();
    const isBulkLoad = request.rows - existing >= Math.max(BULK_LOAD_PRODUCTS, existing);
    if (isBulkLoad) await this.sortIndexes.drop();
    try {
      return (await this.insertBatches(existing, request)) - existing;
    } finally {
      await this.sortIndexes.ensure();
    }
  }

  /** Returns the number of the last product. */
  private async insertBatches(existing: number, { rows, signal, onProgress }: SeedRequest): Promise<number> {
    let last = existing;
    while (last < rows && !signal.aborted) {
      const batch = [...demoProducts(last + 1, Math.min(last + BATCH_SIZE, rows))];
      await this.writer.write(
        (work) => runInTransaction(this.dataSource, work),
        (transaction) => this.products.insertNew(transaction, batch, NEWEST_MS),
      );
      last += batch.length;
      onProgress(last);
    }
    return last;
  }

  /** Batches are atomic, so the highest number equals the number of products. */
  private async countExisting(): Promise<number> {
    const last = await this.dataSource.manager.findOne(Product, {
      select: { externalId: true },
      where: { externalId: Like(`${DEMO_ID_PREFIX}%`) },
      order: { externalId: 'DESC' },
    });
    const number = last?.externalId.slice(DEMO_ID_PREFIX.length) ?? '0';
    if (!/^\d+$/.test(number))
      throw new Error(`The id ${last?.externalId} conflicts with the ids of the demo catalogue`);
    return Number(number);
  }
}
