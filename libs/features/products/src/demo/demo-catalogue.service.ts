/** Fills the database with the demo catalogue up to a size; what is there already stays, so it can be resumed. */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { runInTransaction } from '@platform/database';
import { DataSource, Like } from 'typeorm';
import { ProductWriteRepository } from '../product-write.repository';
import { Product } from '../product.entity';
import { BLOCK_IDS } from '../search-index/block';
import { SortIndexRepository } from '../sort-index.repository';
import { DEMO_ID_PREFIX, demoProducts, NEWEST_MS } from './demo-catalogue';

export interface SeedRequest {
  /** How many there should be. */
  readonly rows: number;
  /** Ends the seeding after the batch that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/**
 * One transaction each, what a killed run loses at most: four blocks of the search index, less the one product with
 * which InnoDB, reserving ids for LOAD DATA in powers of two, would skip as many again.
 */
const BATCH_SIZE = 4 * BLOCK_IDS - 1;

/** From so many new products on, building the sort indexes afterwards is faster than keeping them up. */
const MANY = 100_000;

@Injectable()
export class DemoCatalogueService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductWriteRepository,
    private readonly sortIndexes: SortIndexRepository,
    private readonly cacheVersion: CacheVersion,
  ) {}

  /** How many products were added. */
  async fill(request: SeedRequest): Promise<number> {
    const present = await this.countPresent();
    const isMany = request.rows - present >= Math.max(MANY, present);
    if (isMany) await this.sortIndexes.drop();
    try {
      return (await this.add(present, request)) - present;
    } finally {
      await this.sortIndexes.ensure();
    }
  }

  /** The number of the last product there is then. */
  private async add(present: number, { rows, signal, onProgress }: SeedRequest): Promise<number> {
    let last = present;
    while (last < rows && !signal.aborted) {
      const batch = [...demoProducts(last + 1, Math.min(last + BATCH_SIZE, rows))];
      await runInTransaction(this.dataSource, (manager) => this.products.insertNew(manager, batch, NEWEST_MS));
      await this.cacheVersion.invalidate();
      last += batch.length;
      onProgress(last);
    }
    return last;
  }

  /** Batches are whole, so the highest number is how many there are. */
  private async countPresent(): Promise<number> {
    const last = await this.dataSource.manager.findOne(Product, {
      select: { externalId: true },
      where: { externalId: Like(`${DEMO_ID_PREFIX}%`) },
      order: { externalId: 'DESC' },
    });
    const number = last?.externalId.slice(DEMO_ID_PREFIX.length) ?? '0';
    if (!/^\d+$/.test(number)) throw new Error(`The id ${last?.externalId} is in the way of the demo catalogue`);
    return Number(number);
  }
}
