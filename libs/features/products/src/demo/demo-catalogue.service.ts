/** Fills the database with the demo catalogue up to a size; what is there already stays, so it can be resumed. */
import { Injectable } from '@nestjs/common';
import { DataSource, Like } from 'typeorm';
import { ProductWriteRepository } from '../product-write.repository';
import { Product } from '../product.entity';
import { DEMO_ID_PREFIX, demoProducts, NEWEST_MS } from './demo-catalogue';

export interface SeedRequest {
  readonly rows: number;
  /** Ends the seeding after the batch that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

/** One transaction each: what a killed run loses at most. */
const BATCH_SIZE = 20_000;

@Injectable()
export class DemoCatalogueService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductWriteRepository,
  ) {}

  /** How many products were added. */
  async fill({ rows, signal, onProgress }: SeedRequest): Promise<number> {
    const present = await this.countPresent();
    let last = present;
    while (last < rows && !signal.aborted) {
      const next = Math.min(last + BATCH_SIZE, rows);
      const from = last + 1;
      await this.dataSource.transaction((manager) =>
        this.products.insertNew(manager, [...demoProducts(from, next)], NEWEST_MS),
      );
      last = next;
      onProgress(last);
    }
    return last - present;
  }

  /** Batches are whole, so the highest number is how many there are. */
  private async countPresent(): Promise<number> {
    const last = await this.dataSource.manager.findOne(Product, {
      select: { externalId: true },
      where: { externalId: Like(`${DEMO_ID_PREFIX}%`) },
      order: { externalId: 'DESC' },
    });
    return Number(last?.externalId.slice(DEMO_ID_PREFIX.length) ?? 0);
  }
}
