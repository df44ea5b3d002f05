/**
 * The indexes that lists are sorted by. Loading many products with them in place means a random write to each of them
 * a row; building them afterwards is one sort each. What a killed load left out is put back by the next `ensure`.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
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
  async drop(): Promise<void> {
    const present = await this.findPresent();
    const names = Object.keys(SORT_INDEXES).filter((name) => present.has(name));
    await this.change(
      names.map((name) => `DROP KEY ${name}`),
      names.map((name) => `DROP INDEX ${name}`),
    );
  }

  /** Builds those that are missing. */
  async ensure(): Promise<void> {
    const present = await this.findPresent();
    const missing = Object.entries(SORT_INDEXES).filter(([name]) => !present.has(name));
    await this.change(
      missing.map(([name, columns]) => `ADD KEY ${name} (${columns})`),
      missing.map(([name, columns]) => `CREATE INDEX ${name} ON products (${columns})`),
    );
  }

  /** MySQL changes a table in one pass for all of them. */
  private async change(ofTable: readonly string[], statements: readonly string[]): Promise<void> {
    if (statements.length === 0) return;
    if (dialectOf(this.dataSource) === 'mysql')
      await this.dataSource.query(`ALTER TABLE products ${ofTable.join(', ')}`);
    else for (const statement of statements) await this.dataSource.query(statement);
  }

  private async findPresent(): Promise<Set<string>> {
    const statement = {
      mysql: `SELECT DISTINCT index_name AS name FROM information_schema.statistics
              WHERE table_schema = DATABASE() AND table_name = 'products'`,
      sqlite: `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'products'`,
    }[dialectOf(this.dataSource)];
    const rows: { name: string }[] = await this.dataSource.query(statement);
    return new Set(rows.map(({ name }) => name));
  }
}
