import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { joinSql, sql } from '@platform/database';
import { Repository } from 'typeorm';
import { CatalogueReader } from './catalogue.reader';
import { PRODUCT_COLUMNS } from './planning/segment-statements';
import { PlannerStatisticsService } from './planning/planner-statistics.service';
import type { ProductRow } from './product-listing';
import { Product } from './product.entity';
import { SearchIndexRepository } from './search-index/search-index.repository';

export interface StoredStock {
  readonly externalId: string;
  readonly stock: number;
  /** Version of its stock in the source, as last received; null if none was received. */
  readonly version: number | null;
  readonly updatedAtMs: number;
}

/** Reads products and categories of the catalogue; ProductListReader reads its lists. */
@Injectable()
export class ProductRepository {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    private readonly reader: CatalogueReader,
    private readonly index: SearchIndexRepository,
    private readonly statistics: PlannerStatisticsService,
  ) {}

  async find(id: number): Promise<ProductRow | undefined> {
    const [row] = await this.reader.read<ProductRow>(sql`
      SELECT ${PRODUCT_COLUMNS}
      FROM products AS p JOIN producers AS f ON f.id = p.producer_id
      WHERE p.id = ${id}`);
    return row;
  }

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

  /** Reads the counts of the search index; while that is being built, scans the whole index of category and time. */
  countByCategory(): Promise<{ slug: string; productCount: number }[]> {
    if (this.statistics.current().isIndexComplete) return this.index.countByCategory(this.reader.openSession());
    return this.reader.read(
      sql`SELECT p.category AS slug, COUNT(*) AS productCount FROM products AS p GROUP BY p.category ORDER BY p.category`,
    );
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.products.exists());
  }
}
