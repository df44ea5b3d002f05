/**
 * Writes products in batches. Products are known by their external id, producers by name and place; what has not
 * changed is not written, so that bringing the same data again changes nothing, not even `updatedAt`.
 */
import { Injectable } from '@nestjs/common';
import { bulkInsert, dialectOf, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { searchColumnsOf, type ProductDraft } from './product-draft';
import { ProducerRepository } from './producer.repository';
import { Product } from './product.entity';

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

type ProductValues = Omit<Product, 'id' | 'version'>;
type Content = Pick<ProductValues, (typeof CONTENT)[number]>;

/** Rows a statement: with the longest texts in any script 8 MB, half of MariaDB's max_allowed_packet. */
const STATEMENT_ROWS = 200;

/** What a draft decides, and what is compared to see whether it changed anything. */
const CONTENT = [
  'externalId',
  'name',
  'description',
  'category',
  'priceMinor',
  'currency',
  'unit',
  'stock',
  'producerId',
] as const;

const COLUMNS: readonly (readonly [column: string, value: keyof ProductValues])[] = [
  ['external_id', 'externalId'],
  ['name', 'name'],
  ['description', 'description'],
  ['category', 'category'],
  ['price_minor', 'priceMinor'],
  ['currency', 'currency'],
  ['unit', 'unit'],
  ['stock', 'stock'],
  ['producer_id', 'producerId'],
  ['created_at_ms', 'createdAtMs'],
  ['updated_at_ms', 'updatedAtMs'],
  ['name_text', 'nameText'],
  ['search_text', 'searchText'],
];

const columns = COLUMNS.map(([column]) => column);
const INSERT = `INSERT INTO products (${columns.join(', ')}) VALUES `;
const ROW = `(${COLUMNS.map(() => '?').join(', ')})`;

/** A product keeps its id and the time it was created. */
const overwritten = columns.filter((column) => column !== 'external_id' && column !== 'created_at_ms');
const OVERWRITE: Record<Dialect, string> = {
  mysql: ` ON DUPLICATE KEY UPDATE ${overwritten.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
  sqlite: ` ON CONFLICT (external_id) DO UPDATE SET ${overwritten.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

@Injectable()
export class ProductWriteRepository {
  constructor(private readonly producers: ProducerRepository) {}

  /** Must run inside a transaction. Of drafts with the same external id, the last counts. */
  async upsert(manager: EntityManager, drafts: readonly ProductDraft[], nowMs: number): Promise<BatchOutcome> {
    // Producers first: this batch's first statement is a write, so SQLite takes its lock before anything is read.
    const producerIds = await this.producers.upsertOf(manager, drafts);
    const wanted = new Map(drafts.map((draft) => [draft.externalId, draft]));
    const stored = await this.findStored(manager, [...wanted.keys()]);
    const products = [...wanted.values()].map((draft) =>
      toValues(draft, producerIds.of(draft.producer), stored.get(draft.externalId), nowMs),
    );
    const changed = products.filter((product) => !isSame(product, stored.get(product.externalId)));
    await this.write(manager, changed, OVERWRITE[dialectOf(manager.dataSource)]);
    const created = changed.filter((product) => !stored.has(product.externalId)).length;
    return { created, updated: changed.length - created, unchanged: drafts.length - changed.length };
  }

  /** Adds products that are known to be new. Must run inside a transaction; fails where one is there already. */
  async insertNew(manager: EntityManager, drafts: readonly ProductDraft[], nowMs: number): Promise<void> {
    const producerIds = await this.producers.upsertOf(manager, drafts);
    const rows = drafts.map((draft) => toRow(toValues(draft, producerIds.of(draft.producer), undefined, nowMs)));
    await bulkInsert(manager, { table: 'products', columns, rows });
  }

  private async findStored(manager: EntityManager, externalIds: string[]): Promise<Map<string, Content>> {
    const select = Object.fromEntries(CONTENT.map((name) => [name, true]));
    const stored = await manager.find(Product, { select, where: { externalId: In(externalIds) } });
    return new Map(stored.map((product) => [product.externalId, product]));
  }

  private async write(manager: EntityManager, products: readonly ProductValues[], onConflict: string): Promise<void> {
    for (let from = 0; from < products.length; from += STATEMENT_ROWS) {
      const some = products.slice(from, from + STATEMENT_ROWS);
      await manager.query(INSERT + some.map(() => ROW).join(', ') + onConflict, some.flatMap(toRow));
    }
  }
}

/** A new product is as old as its source says; one that is stored already changes now. */
function toValues(
  { producer: _, createdAtMs, ...content }: ProductDraft,
  producerId: number,
  stored: Content | undefined,
  nowMs: number,
): ProductValues {
  const bornMs = createdAtMs ?? nowMs;
  const updatedAtMs = stored === undefined ? bornMs : nowMs;
  return { ...content, ...searchColumnsOf(content), producerId, createdAtMs: bornMs, updatedAtMs };
}

function toRow(product: ProductValues): (string | number)[] {
  return COLUMNS.map(([, value]) => product[value]);
}

function isSame(product: Content, stored: Content | undefined): boolean {
  return stored !== undefined && CONTENT.every((name) => String(product[name]) === String(stored[name]));
}
