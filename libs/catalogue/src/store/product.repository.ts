import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { joinSql, sql } from '@platform/database';
import { Repository } from 'typeorm';
import { Product } from '../product.entity';
import { CatalogueReader } from './catalogue.reader';

export interface StoredStock {
  readonly externalId: string;
  readonly stock: number;
  /** Version of its stock in the source, as last received; null if none was received. */
  readonly version: number | null;
  readonly updatedAtMs: number;
}

/** Reads stored products for writers and other systems; ProductsModule reads them for clients. */
@Injectable()
export class ProductRepository {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    private readonly reader: CatalogueReader,
  ) {}

  async findStock(id: number): Promise<StoredStock | undefined> {
    const [row] = await this.reader.read<StoredStock>(sql`
      SELECT p.external_id AS externalId, p.stock, v.stock AS version, p.updated_at_ms AS updatedAtMs
      FROM products AS p LEFT JOIN product_versions AS v ON v.external_id = p.external_id
      WHERE p.id = ${id}`);
    return row;
  }

  /** Returns those of the external ids that no product has. */
  async findMissing(externalIds: readonly string[]): Promise<string[]> {
    if (externalIds.length === 0) return [];
    const rows = await this.reader.readFromPrimary<{ externalId: string }>(sql`
      SELECT p.external_id AS externalId FROM products AS p WHERE p.external_id IN (${joinSql(externalIds, ', ')})`);
    const known = new Set(rows.map(({ externalId }) => externalId));
    return externalIds.filter((externalId) => !known.has(externalId));
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.products.exists());
  }
}
