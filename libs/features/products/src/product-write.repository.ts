/**
 * Writes products in batches. Products are known by their external id, producers by name and place; what has not
 * changed is not written, so that bringing the same data again changes nothing, not even `updatedAt`.
 */
import { Injectable } from '@nestjs/common';
import { bulkInsert, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { searchColumnsOf, type ProductDraft } from './product-draft';
import { ProducerRepository } from './producer.repository';
import { Product } from './product.entity';
import { blockOf } from './search-index/block';
import type { IndexedProduct } from './search-index/index-keys';
import { SearchIndexWriteRepository } from './search-index/search-index-write.repository';

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Producers that were new or had moved, which their products show. */
  readonly producers: number;
  /** By external id. */
  readonly outcomes: ReadonlyMap<string, ProductOutcome>;
}

type ProductOutcome = 'created' | 'updated' | 'unchanged';

type ProductValues = Omit<Product, 'id'>;
type Content = Pick<ProductValues, (typeof CONTENT)[number]>;
type Stored = Content & IndexedProduct;

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

/** What else is read of what is stored: what the search index knew it by. */
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

/** A product keeps its external id and the time it was created. */
const overwritten = columns.filter((column) => column !== 'external_id' && column !== 'created_at_ms');
const OVERWRITE: Record<Dialect, string> = {
  mysql: `ON DUPLICATE KEY UPDATE ${overwritten.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
  sqlite: `ON CONFLICT DO UPDATE SET ${overwritten.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

@Injectable()
export class ProductWriteRepository {
  constructor(
    private readonly producers: ProducerRepository,
    private readonly searchIndex: SearchIndexWriteRepository,
  ) {}

  /**
   * Must run inside a transaction of `transact`. Of drafts with the same external id, the last counts. Fails as
   * `isWriteConflict` tells where another transaction has brought a product meanwhile that is new here.
   */
  async upsert(manager: EntityManager, drafts: readonly ProductDraft[], nowMs: number): Promise<BatchOutcome> {
    // Producers first: this batch's first statement is a write, so SQLite takes its lock before anything is read.
    const producerIds = await this.producers.upsertOf(manager, drafts);
    const wanted = new Map(drafts.map((draft) => [draft.externalId, draft]));
    const stored = await this.findStored(manager, [...wanted.keys()]);
    const products = [...wanted.values()].map((draft) =>
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
    return {
      created: created.length,
      updated: changed.length - created.length,
      unchanged: products.length - changed.length,
      producers: producerIds.written,
      outcomes,
    };
  }

  /**
   * Adds many products that are known to be new, and makes the blocks of the search index anew that they fall into.
   * Must run inside a transaction of `transact`; fails where one is there already.
   */
  async insertNew(manager: EntityManager, drafts: readonly ProductDraft[], nowMs: number): Promise<void> {
    const before = await this.findLastId(manager);
    const producerIds = await this.producers.upsertOf(manager, drafts);
    const rows = drafts.map((draft) => toRow(toValues(draft, producerIds.of(draft.producer), undefined, nowMs)));
    await bulkInsert(manager, { table: 'products', columns, rows });
    const after = await this.findLastId(manager);
    for (let block = blockOf(before + 1); block <= blockOf(after); block++)
      await this.searchIndex.rebuild(manager, block);
  }

  /** Must run inside a transaction of `transact`. Products that are not there are passed over; says how many were. */
  async remove(manager: EntityManager, externalIds: readonly string[]): Promise<number> {
    const stored = [...(await this.findStored(manager, [...externalIds])).values()];
    for (const ids of chunkValues(stored.map(({ id }) => id))) await manager.delete(Product, { id: In(ids) });
    await this.searchIndex.apply(
      manager,
      stored.map((before) => ({ id: before.id, before })),
    );
    return stored.length;
  }

  /** By external id, of those that are there. */
  async findStocks(manager: EntityManager, externalIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const stored = await this.findStored(manager, [...externalIds]);
    return new Map([...stored.values()].map(({ externalId, stock }) => [externalId, stock]));
  }

  /** Must run inside a transaction of `transact`. Undefined where there is no such product, false where it had that stock. */
  async setStock(
    manager: EntityManager,
    externalId: string,
    stock: number,
    nowMs: number,
  ): Promise<boolean | undefined> {
    const before = (await this.findStored(manager, [externalId])).get(externalId);
    if (before === undefined) return undefined;
    if (before.stock === stock) return false;
    await manager.update(Product, { id: before.id }, { stock, updatedAtMs: nowMs });
    await this.searchIndex.apply(manager, [{ id: before.id, before, after: { ...before, stock } }]);
    return true;
  }

  /** Locked, because the search index is changed by what they were before: it must not change meanwhile. */
  private async findStored(manager: EntityManager, externalIds: string[]): Promise<Map<string, Stored>> {
    const select = Object.fromEntries([...CONTENT, ...INDEXED].map((name) => [name, true]));
    const lock = dialectOf(manager.dataSource) === 'mysql' && ({ mode: 'pessimistic_write' } as const);
    const found = new Map<string, Stored>();
    for (const some of chunkValues(externalIds)) {
      const where = { externalId: In(some) };
      for (const product of await manager.find(Product, { select, where, ...(lock && { lock }) }))
        found.set(product.externalId, product);
    }
    return found;
  }

  private async findIds(manager: EntityManager, externalIds: string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const some of chunkValues(externalIds)) {
      const select = { id: true, externalId: true } as const;
      for (const { id, externalId } of await manager.find(Product, { select, where: { externalId: In(some) } }))
        found.set(externalId, id);
    }
    return found;
  }

  private async findLastId(manager: EntityManager): Promise<number> {
    const [row] = await manager.query<{ lastId: number | null }[]>('SELECT MAX(id) AS lastId FROM products');
    return row?.lastId ?? 0;
  }

  /** Fails if another transaction has inserted one since `findStored`: the search index would not know its old values. */
  private insert(manager: EntityManager, products: readonly ProductValues[]): Promise<void> {
    return insertRows(manager, { table: 'products', columns, rows: products.map(toRow) });
  }

  /** With their ids: InnoDB takes a new auto-increment value for every row without one, also if it then updates. */
  private overwrite(
    manager: EntityManager,
    products: readonly ProductValues[],
    stored: ReadonlyMap<string, Stored>,
  ): Promise<void> {
    const rows = products.flatMap((product) => {
      const id = stored.get(product.externalId)?.id;
      return id === undefined ? [] : [[id, ...toRow(product)]];
    });
    const onConflict = OVERWRITE[dialectOf(manager.dataSource)];
    return insertRows(manager, { table: 'products', columns: ['id', ...columns], rows }, onConflict);
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

/** A product keeps its id and its age. */
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
