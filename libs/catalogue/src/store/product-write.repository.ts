/**
 * Writes products in batches. Products are identified by external id, producers by name and place. Unchanged rows are
 * not written, so storing the same data again is idempotent and keeps `updatedAt`.
 */
import { blockOf } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { bulkInsert, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import type { IndexedProduct } from '../index-writer/index-keys';
import { SearchIndexWriteRepository } from '../index-writer/search-index-write.repository';
import { searchColumnsOf, type ProductDraft } from '../product-draft';
import { Product } from '../product.entity';
import { recordChange, type CatalogueTransaction } from './catalogue.writer';
import { ProducerRepository } from './producer.repository';

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Number of producers that were new or had moved, which changes the representation of their products. */
  readonly producers: number;
  /** By external id. */
  readonly outcomes: ReadonlyMap<string, ProductOutcome>;
}

type ProductOutcome = 'created' | 'updated' | 'unchanged';

type ProductValues = Omit<Product, 'id'>;
type Content = Pick<ProductValues, (typeof CONTENT)[number]>;
type Stored = Content & IndexedProduct;

/** Values that a draft sets; a product is unchanged if all of them are equal. */
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

/** Further stored values, from which the search index entries were built. */
const INDEXED = ['id', 'createdAtMs', 'nameText', 'searchText'] as const;

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

/** An update keeps the external id and the creation time. */
const updatedColumns = columns.filter((column) => column !== 'external_id' && column !== 'created_at_ms');
const UPDATE_ON_CONFLICT: Record<Dialect, string> = {
  mysql: `ON DUPLICATE KEY UPDATE ${updatedColumns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
  sqlite: `ON CONFLICT DO UPDATE SET ${updatedColumns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

@Injectable()
export class ProductWriteRepository {
  constructor(
    private readonly producers: ProducerRepository,
    private readonly searchIndex: SearchIndexWriteRepository,
  ) {}

  /**
   * Inserts or updates the products. Of drafts with the same external id, the last
   * one is stored. Fails with a write conflict (`isWriteConflict`) if another transaction has inserted one of the new
   * products.
   */
  async upsert(manager: CatalogueTransaction, drafts: readonly ProductDraft[], nowMs: number): Promise<BatchOutcome> {
    // Producers first: the first statement of the batch is a write, so SQLite takes its write lock before any read.
    const producerIds = await this.producers.upsertProducersOf(manager, drafts);
    const draftsById = new Map(drafts.map((draft) => [draft.externalId, draft]));
    const stored = await this.findStored(manager, [...draftsById.keys()]);
    const products = [...draftsById.values()].map((draft) =>
      toValues(draft, producerIds.of(draft.producer), stored.get(draft.externalId), nowMs),
    );
    const outcomes = new Map(products.map((product) => [product.externalId, outcomeOf(product, stored)]));
    const changed = products.filter(({ externalId }) => outcomes.get(externalId) !== 'unchanged');
    const created = changed.filter(({ externalId }) => outcomes.get(externalId) === 'created');
    await this.insert(manager, created);
    await this.overwrite(manager, changed, stored);
    const ids = await this.findIds(
      manager,
      created.map(({ externalId }) => externalId),
    );
    await this.searchIndex.apply(
      manager,
      changed.map((product) => toIndexChange(product, stored.get(product.externalId), ids)),
    );
    if (changed.length + producerIds.written > 0) recordChange(manager);
    return {
      created: created.length,
      updated: changed.length - created.length,
      unchanged: products.length - changed.length,
      producers: producerIds.written,
      outcomes,
    };
  }

  /**
   * Inserts many products that are known to be new, and rebuilds the blocks of the search index that contain them.
   * Fails if one of the products exists.
   */
  async insertNew(manager: CatalogueTransaction, drafts: readonly ProductDraft[], nowMs: number): Promise<void> {
    const before = await this.findLastId(manager);
    const producerIds = await this.producers.upsertProducersOf(manager, drafts);
    const rows = drafts.map((draft) => toRow(toValues(draft, producerIds.of(draft.producer), undefined, nowMs)));
    await bulkInsert(manager, { table: 'products', columns, rows });
    const after = await this.findLastId(manager);
    for (let block = blockOf(before + 1); block <= blockOf(after); block++)
      await this.searchIndex.rebuild(manager, block);
    recordChange(manager);
  }

  /** Deletes the products that exist and returns their number. */
  async remove(manager: CatalogueTransaction, externalIds: readonly string[]): Promise<number> {
    const stored = [...(await this.findStored(manager, [...externalIds])).values()];
    for (const ids of chunkValues(stored.map(({ id }) => id))) await manager.delete(Product, { id: In(ids) });
    await this.searchIndex.apply(
      manager,
      stored.map((before) => ({ id: before.id, before })),
    );
    if (stored.length > 0) recordChange(manager);
    return stored.length;
  }

  /** Returns the stock of the products that exist, by external id. */
  async findStocks(manager: EntityManager, externalIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const stored = await this.findStored(manager, [...externalIds]);
    return new Map([...stored.values()].map(({ externalId, stock }) => [externalId, stock]));
  }

  /**
   * Returns whether the stock has changed; undefined if the product does not exist.
   */
  async setStock(
    manager: CatalogueTransaction,
    externalId: string,
    stock: number,
    nowMs: number,
  ): Promise<boolean | undefined> {
    const before = (await this.findStored(manager, [externalId])).get(externalId);
    if (before === undefined) return undefined;
    if (before.stock === stock) return false;
    recordChange(manager);
    await manager.update(Product, { id: before.id }, { stock, updatedAtMs: nowMs });
    await this.searchIndex.apply(manager, [{ id: before.id, before, after: { ...before, stock } }]);
    return true;
  }

  /** Locks the rows, because changes of the search index are computed from their old values. */
  private async findStored(manager: EntityManager, externalIds: string[]): Promise<Map<string, Stored>> {
    const select = Object.fromEntries([...CONTENT, ...INDEXED].map((name) => [name, true]));
    const lock = dialectOf(manager.dataSource) === 'mysql' && ({ mode: 'pessimistic_write' } as const);
    const stored = new Map<string, Stored>();
    for (const batch of chunkValues(externalIds)) {
      const where = { externalId: In(batch) };
      for (const product of await manager.find(Product, { select, where, ...(lock && { lock }) }))
        stored.set(product.externalId, product);
    }
    return stored;
  }

  private async findIds(manager: EntityManager, externalIds: string[]): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    for (const batch of chunkValues(externalIds)) {
      const select = { id: true, externalId: true } as const;
      for (const { id, externalId } of await manager.find(Product, { select, where: { externalId: In(batch) } }))
        ids.set(externalId, id);
    }
    return ids;
  }

  private async findLastId(manager: EntityManager): Promise<number> {
    const [row] = await manager.query<{ lastId: number | null }[]>('SELECT MAX(id) AS lastId FROM products');
    return row?.lastId ?? 0;
  }

  /** Fails if another transaction has inserted one since `findStored`: the index change would lack its old values. */
  private insert(manager: EntityManager, products: readonly ProductValues[]): Promise<void> {
    return insertRows(manager, { table: 'products', columns, rows: products.map(toRow) });
  }

  /**
   * Writes the ids too: InnoDB consumes an auto-increment value for every row without an id, even if it then updates.
   */
  private overwrite(
    manager: EntityManager,
    products: readonly ProductValues[],
    stored: ReadonlyMap<string, Stored>,
  ): Promise<void> {
    const rows = products.flatMap((product) => {
      const id = stored.get(product.externalId)?.id;
      return id === undefined ? [] : [[id, ...toRow(product)]];
    });
    const onConflict = UPDATE_ON_CONFLICT[dialectOf(manager.dataSource)];
    return insertRows(manager, { table: 'products', columns: ['id', ...columns], rows }, onConflict);
  }
}

/** A new product is created and updated at the time that the source states, an existing one is updated at `nowMs`. */
function toValues(
  { producer: _, createdAtMs, ...content }: ProductDraft,
  producerId: number,
  stored: Content | undefined,
  nowMs: number,
): ProductValues {
  const createdMs = createdAtMs ?? nowMs;
  const updatedAtMs = stored === undefined ? createdMs : nowMs;
  return { ...content, ...searchColumnsOf(content), producerId, createdAtMs: createdMs, updatedAtMs };
}

/** Returns the index change; an existing product keeps its id and creation time. */
function toIndexChange(product: ProductValues, stored: Stored | undefined, createdIds: ReadonlyMap<string, number>) {
  const id = stored?.id ?? createdIds.get(product.externalId);
  if (id === undefined) throw new Error(`the product ${product.externalId} was not stored`);
  return { id, before: stored, after: { ...product, id, createdAtMs: stored?.createdAtMs ?? product.createdAtMs } };
}

function toRow(product: ProductValues): (string | number)[] {
  return COLUMNS.map(([, value]) => product[value]);
}

function outcomeOf(product: Content, stored: ReadonlyMap<string, Content>): ProductOutcome {
  const before = stored.get(product.externalId);
  if (before === undefined) return 'created';
  return CONTENT.every((name) => String(product[name]) === String(before[name])) ? 'unchanged' : 'updated';
}
