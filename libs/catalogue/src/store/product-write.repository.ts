/**
 * Writes products in batches, with their search index entries and the change log. Products are identified by external
 * id, producers by name and place. Unchanged rows are not written, so storing the same data again is idempotent and
 * keeps `updatedAt`.
 */
import { blockOf } from '@engine/search';
import { Injectable } from '@nestjs/common';
import {
  bulkInsert,
  chunkValues,
  dialectOf,
  execute,
  insertRows,
  joinSql,
  sql,
  type Dialect,
} from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { ChangeLogRepository } from '../change-log/change-log.repository';
import { SearchIndexWriteRepository } from '../index-writer/search-index-write.repository';
import type { ProductDraft } from '../product-draft';
import { Product } from '../product.entity';
import type { CatalogueTransaction } from './catalogue.writer';
import { ProducerRepository } from './producer.repository';
import {
  columns,
  outcomeOf,
  STORED_VALUES,
  toChange,
  toLogged,
  toRemoval,
  toRow,
  toStockChange,
  toValues,
  updatedColumns,
  type ProductOutcome,
  type ProductValues,
  type StoredProduct,
  type WrittenChange,
} from './product-rows';

/** Locked products by external id. */
export type StoredProducts = ReadonlyMap<string, StoredProduct>;

/** New states of products; no product is in two of the lists. */
export interface ProductWrites {
  readonly drafts: readonly ProductDraft[];
  /** Stocks of existing products whose other values do not change. */
  readonly stocks: ReadonlyMap<string, number>;
  /** External ids of existing products. */
  readonly removed: readonly string[];
}

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Number of producers that were new or had moved, which changes the representation of their products. */
  readonly producers: number;
  /** Of the drafts, by external id. */
  readonly outcomes: ReadonlyMap<string, ProductOutcome>;
}

const UPDATE_ON_CONFLICT: Record<Dialect, string> = {
  mysql: `ON DUPLICATE KEY UPDATE ${updatedColumns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
  sqlite: `ON CONFLICT DO UPDATE SET ${updatedColumns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

@Injectable()
export class ProductWriteRepository {
  constructor(
    private readonly producers: ProducerRepository,
    private readonly searchIndex: SearchIndexWriteRepository,
    private readonly changeLog: ChangeLogRepository,
  ) {}

  /**
   * Inserts or updates the products. Of drafts with the same external id, the last one is stored. Fails with a write
   * conflict (`isWriteConflict`) if another transaction has inserted one of the new products.
   */
  async upsert(manager: CatalogueTransaction, drafts: readonly ProductDraft[], nowMs: number): Promise<BatchOutcome> {
    const unique = [...new Map(drafts.map((draft) => [draft.externalId, draft])).values()];
    const stored = await this.lock(
      manager,
      unique.map(({ externalId }) => externalId),
    );
    return this.write(manager, { drafts: unique, stocks: new Map(), removed: [] }, stored, nowMs);
  }

  /** Deletes the products that exist and returns their number. */
  async remove(manager: CatalogueTransaction, externalIds: readonly string[], nowMs: number): Promise<number> {
    const stored = await this.lock(manager, externalIds);
    await this.write(manager, { drafts: [], stocks: new Map(), removed: [...stored.keys()] }, stored, nowMs);
    return stored.size;
  }

  /** Locks and returns the products that exist, because changes of the index are computed from their old values. */
  async lock(manager: EntityManager, externalIds: readonly string[]): Promise<StoredProducts> {
    const lock = dialectOf(manager.dataSource) === 'mysql' && ({ mode: 'pessimistic_write' } as const);
    const stored = new Map<string, StoredProduct>();
    for (const batch of chunkValues(externalIds)) {
      const where = { externalId: In(batch) };
      for (const product of await manager.find(Product, { select: STORED_VALUES, where, ...(lock && { lock }) }))
        stored.set(product.externalId, product);
    }
    return stored;
  }

  /** Writes new states of products, given the locked products that exist. Fails as `upsert` does. */
  async write(
    manager: CatalogueTransaction,
    { drafts, stocks, removed }: ProductWrites,
    stored: StoredProducts,
    nowMs: number,
  ): Promise<BatchOutcome> {
    const producerIds = await this.producers.upsertProducersOf(manager, drafts);
    const products = drafts.map((draft) =>
      toValues(draft, producerIds.of(draft.producer), stored.get(draft.externalId), nowMs),
    );
    const outcomes = new Map(products.map((each) => [each.externalId, outcomeOf(each, stored.get(each.externalId))]));
    const changed = products.filter(({ externalId }) => outcomes.get(externalId) !== 'unchanged');
    const changes = [
      ...(await this.store(manager, changed, stored)),
      ...(await this.setStocks(manager, stocks, stored, nowMs)),
      ...(await this.delete(manager, removed, stored)),
    ];
    await this.searchIndex.apply(manager, changes);
    await this.changeLog.append(manager, [
      ...changes.map(toLogged),
      ...producerIds.moved.map((producerId) => ({ kind: 'producer-moved' as const, producerId })),
    ]);
    const created = changes.filter(({ kind }) => kind === 'created').length;
    return {
      created,
      updated: changed.length - created,
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
    await this.changeLog.append(manager, [{ kind: 'everything' }]);
  }

  private async store(
    manager: EntityManager,
    products: readonly ProductValues[],
    stored: StoredProducts,
  ): Promise<WrittenChange[]> {
    const created = products.filter(({ externalId }) => !stored.has(externalId));
    await this.insert(manager, created);
    await this.overwrite(manager, products, stored);
    const createdIds = await this.findIds(
      manager,
      created.map(({ externalId }) => externalId),
    );
    return products.map((product) => {
      const existing = stored.get(product.externalId);
      const id = existing?.id ?? createdIds.get(product.externalId);
      if (id === undefined) throw new Error(`the product ${product.externalId} was not stored`);
      return toChange(id, product, existing);
    });
  }

  private async setStocks(
    manager: EntityManager,
    stocks: ReadonlyMap<string, number>,
    stored: StoredProducts,
    nowMs: number,
  ): Promise<WrittenChange[]> {
    const changed = [...stocks].flatMap(([externalId, stock]) => {
      const product = stored.get(externalId);
      return product === undefined || product.stock === stock ? [] : [{ product, stock }];
    });
    for (const ids of chunkValues(changed.map(({ product }) => product.id))) {
      const ofChunk = changed.filter(({ product }) => ids.includes(product.id));
      const cases = ofChunk.map(({ product, stock }) => sql`WHEN ${product.id} THEN ${stock}`);
      await execute(
        manager,
        sql`UPDATE products SET stock = CASE id ${joinSql(cases, ' ')} END, updated_at_ms = ${nowMs}
            WHERE id IN (${joinSql(ids, ', ')})`,
      );
    }
    return changed.map(({ product, stock }) => toStockChange(product, stock));
  }

  private async delete(
    manager: EntityManager,
    externalIds: readonly string[],
    stored: StoredProducts,
  ): Promise<WrittenChange[]> {
    const products = externalIds.flatMap((externalId) => stored.get(externalId) ?? []);
    for (const ids of chunkValues(products.map(({ id }) => id))) await manager.delete(Product, { id: In(ids) });
    return products.map(toRemoval);
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

  /** Fails if another transaction has inserted one since `lock`: the index change would lack its old values. */
  private insert(manager: EntityManager, products: readonly ProductValues[]): Promise<void> {
    return insertRows(manager, { table: 'products', columns, rows: products.map(toRow) });
  }

  /**
   * Writes the ids too: InnoDB consumes an auto-increment value for every row without an id, even if it then updates.
   */
  private overwrite(manager: EntityManager, products: readonly ProductValues[], stored: StoredProducts): Promise<void> {
    const rows = products.flatMap((product) => {
      const id = stored.get(product.externalId)?.id;
      return id === undefined ? [] : [[id, ...toRow(product)]];
    });
    const onConflict = UPDATE_ON_CONFLICT[dialectOf(manager.dataSource)];
    return insertRows(manager, { table: 'products', columns: ['id', ...columns], rows }, onConflict);
  }
}
