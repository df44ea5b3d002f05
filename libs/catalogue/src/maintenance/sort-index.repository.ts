/**
 * The sort indexes of the product table. A bulk load with indexes in place costs one random write per row and index;
 * building an index afterwards costs one sort. If a load is killed, the next `ensure` rebuilds the missing indexes.
 */
import { Injectable } from '@nestjs/common';
import { addToTable, dropFromTable } from '@platform/database';
import { DataSource } from 'typeorm';

/** Name → columns, as in the migrations. */
const SORT_INDEXES: Readonly<Record<string, string>> = {
  ix_products_created_at_ms_id: 'created_at_ms, id',
  ix_products_price_minor_id: 'price_minor, id',
  ix_products_name_text_id: 'name_text, id',
  ix_products_category_created_at_ms_id: 'category, created_at_ms, id',
  ix_products_category_price_minor_id: 'category, price_minor, id',
  ix_products_category_name_text_id: 'category, name_text, id',
};

@Injectable()
export class SortIndexRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Drops the indexes. Until `ensure`, lists are correct but slow. */
  drop(): Promise<void> {
    return dropFromTable(this.dataSource.manager, 'products', { indexes: Object.keys(SORT_INDEXES) });
  }

  /** Builds the missing indexes. */
  ensure(): Promise<void> {
    return addToTable(this.dataSource.manager, 'products', { indexes: SORT_INDEXES });
  }
}
