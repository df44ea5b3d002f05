/** Adds products that are known to be new, as fast as the database takes them: plain multi-row inserts. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { searchColumnsOf, type ProductDraft } from './product-draft';
import { ProducerRepository } from './producer.repository';

const COLUMNS = [
  'external_id',
  'name',
  'description',
  'category',
  'price_minor',
  'currency',
  'unit',
  'stock',
  'producer_id',
  'created_at_ms',
  'updated_at_ms',
  'name_text',
  'search_text',
] as const;

/** Rows a statement: 13 values each stay below SQLite's 32,766 placeholders, 1 MB below MySQL's smallest max_allowed_packet. */
const STATEMENT_ROWS = 1_000;

@Injectable()
export class ProductBulkRepository {
  constructor(private readonly producers: ProducerRepository) {}

  /** Must run inside a transaction; fails, and with it the transaction, where an external id is there already. */
  async insert(manager: EntityManager, drafts: Iterable<ProductDraft>): Promise<void> {
    const products = [...drafts];
    const producerIds = await this.producers.upsert(
      manager,
      products.map(({ producer }) => producer),
    );
    let running: Promise<unknown> = Promise.resolve();
    for (let from = 0; from < products.length; from += STATEMENT_ROWS) {
      const rows = products.slice(from, from + STATEMENT_ROWS);
      const values = rows.flatMap((draft) => valuesOf(draft, producerIds.of(draft.producer)));
      await running; // the words of these rows were made while the server stored the last ones
      running = manager.query(
        `INSERT INTO products (${COLUMNS.join(', ')}) VALUES ${rows.map(() => ROW).join(', ')}`,
        values,
      );
    }
    await running;
  }
}

const ROW = `(${COLUMNS.map(() => '?').join(', ')})`;

function valuesOf(draft: ProductDraft, producerId: number): (string | number)[] {
  const { externalId, name, description, category, priceMinor, currency, unit, stock, createdAtMs = 0 } = draft;
  const { nameText, searchText } = searchColumnsOf(draft);
  return [
    externalId,
    name,
    description,
    category,
    priceMinor,
    currency,
    unit,
    stock,
    producerId,
    createdAtMs,
    createdAtMs,
    nameText,
    searchText,
  ];
}
