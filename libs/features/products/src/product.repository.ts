/** Reads the catalogue. Lists read raw rows: building entities would cost more than the query. */
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { sql, type SqlFragment } from '@platform/database';
import { Repository } from 'typeorm';
import { orUnavailable } from './catalogue-availability';
import { countStatement, pageStatement, PRODUCT_COLUMNS } from './list-products-statement';
import type { Place, ProductFilter, ProductListing, ProductRow } from './product-listing';
import { Product } from './product.entity';

@Injectable()
export class ProductRepository {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /** One row more than the page holds, where there is one. */
  findPage(listing: ProductListing, start: Place | undefined): Promise<ProductRow[]> {
    return this.read(pageStatement(listing, start));
  }

  /** Counts matches, all of them or at most so many. */
  async count(filter: ProductFilter, atMost?: number): Promise<number> {
    const [row] = await this.read<{ total: number }>(countStatement(filter, atMost));
    return row?.total ?? 0;
  }

  async find(id: number): Promise<ProductRow | undefined> {
    const [row] = await this.read<ProductRow>(sql`
      SELECT ${PRODUCT_COLUMNS}
      FROM products AS p JOIN producers AS f ON f.id = p.producer_id
      WHERE p.id = ${id}`);
    return row;
  }

  /** Reads ix_products_category_created_at_ms_id from end to end, without the rows. */
  countByCategory(): Promise<{ slug: string; productCount: number }[]> {
    return this.read(
      sql`SELECT p.category AS slug, COUNT(*) AS productCount FROM products AS p GROUP BY p.category ORDER BY p.category`,
    );
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.products.exists());
  }

  private read<Row>({ text, values }: SqlFragment): Promise<Row[]> {
    return orUnavailable(this.products.query<Row[]>(text, [...values]));
  }
}
