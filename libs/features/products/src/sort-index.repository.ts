/**
 * The indexes that lists are sorted by. Loading many products with them in place means a random write to each of them
 * a row; building them afterwards is one sort each. What a killed load left out is put back by the next `ensure`.
 */
import { Injectable } from '@nestjs/common';
import { addToTable, dropFromTable } from '@platform/database';
import { DataSource } from 'typeorm';

/** As the migrations make them. */
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

  /** Until `ensure`, lists are right but slow. */
  drop(): Promise<void> {
    return dropFromTable(this.dataSource.manager, 'products', { indexes: Object.keys(SORT_INDEXES) });
  }

  /** Builds those that are missing. */
  ensure(): Promise<void> {
    return addToTable(this.dataSource.manager, 'products', { indexes: SORT_INDEXES });
  }
}
