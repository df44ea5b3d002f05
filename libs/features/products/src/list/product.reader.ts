/** Reads single products and the categories of the catalogue; ProductListReader reads its lists. */
import { CatalogueReader } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import { PlannerStatisticsService } from '../plan/planner-statistics.service';
import type { ProductRow } from '../query/product-listing';
import { SearchIndexRepository } from '../read/search-index.repository';
import { PRODUCT_COLUMNS } from '../read/segment-statements';

@Injectable()
export class ProductReader {
  constructor(
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

  /** Reads the counts of the search index; while that is being built, scans the whole index of category and time. */
  countByCategory(): Promise<{ slug: string; productCount: number }[]> {
    if (this.statistics.current().isIndexComplete) return this.index.countByCategory(this.reader.openSession());
    return this.reader.read(
      sql`SELECT p.category AS slug, COUNT(*) AS productCount FROM products AS p GROUP BY p.category ORDER BY p.category`,
    );
  }
}
