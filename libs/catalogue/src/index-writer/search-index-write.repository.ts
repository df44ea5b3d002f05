/**
 * Keeps the search index consistent, in the transaction that changes the products. Writers of a block are serialised:
 * each increments the version of the block, which locks it until the commit, and reads what the previous writer
 * committed. On MySQL the transaction must therefore be READ COMMITTED (`runInTransaction`). Readers detect changes by
 * the versions.
 */
import { BLOCK_IDS } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { bulkInsert, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { Between, type EntityManager } from 'typeorm';
import { Product } from '../product.entity';
import { incrementVersion } from './block-version.repository';
import {
  buildBlock,
  byBlock,
  changeBlock,
  deltaOf,
  touchedKeys,
  type IndexChange,
  type IndexEntry,
} from './index-block';
import type { IndexedProduct } from './index-keys';
import { indexedPropertiesOf } from './indexed-properties';
import { viewOf, type StoredBytes } from './stored-bytes';

const OVERWRITE: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE size = VALUES(size), data = VALUES(data)',
  sqlite: 'ON CONFLICT DO UPDATE SET size = excluded.size, data = excluded.data',
};

@Injectable()
export class SearchIndexWriteRepository {
  /** Must run inside the transaction that changed the products, after those changes. */
  async apply(manager: EntityManager, changes: readonly IndexChange[]): Promise<void> {
    for (const [block, ofBlock] of byBlock(changes)) {
      const delta = deltaOf(ofBlock);
      const touched = touchedKeys(delta);
      if (touched.length === 0) continue;
      await incrementVersion(manager, 'search_block', block);
      const entries = changeBlock(await this.find(manager, block, touched), delta);
      const kept = entries.filter(({ data }) => data.length > 0);
      const removed = entries.filter(({ data }) => data.length === 0);
      await this.overwrite(manager, block, kept);
      await this.remove(
        manager,
        block,
        removed.map(({ key }) => key),
      );
    }
  }

  /**
   * Rebuilds a block from its products. Must run inside a transaction, so that readers see a whole block before and
   * after.
   */
  async rebuild(manager: EntityManager, block: number): Promise<void> {
    await incrementVersion(manager, 'search_block', block);
    const entries = buildBlock(await this.findProducts(manager, block));
    await manager.query('DELETE FROM search_index WHERE block = ?', [block]);
    await bulkInsert(manager, toNewRows(block, entries));
  }

  private async findProducts(manager: EntityManager, block: number): Promise<IndexedProduct[]> {
    const select = { id: true, nameText: true, searchText: true, category: true } as const;
    const first = block * BLOCK_IDS;
    const products = await manager.find(Product, {
      select: { ...select, priceMinor: true, createdAtMs: true, stock: true, producerId: true },
      where: { id: Between(first, first + BLOCK_IDS - 1) },
      order: { id: 'ASC' },
    });
    return products.map((product) => ({ id: product.id, ...indexedPropertiesOf(product) }));
  }

  private async find(manager: EntityManager, block: number, keys: string[]): Promise<Map<string, DataView>> {
    const stored = new Map<string, DataView>();
    for (const some of chunkValues(keys)) {
      const rows = await manager.query<{ entryKey: string; data: StoredBytes }[]>(
        `SELECT entry_key AS entryKey, data FROM search_index
         WHERE block = ? AND entry_key IN (${some.map(() => '?').join(', ')})`,
        [block, ...some],
      );
      for (const { entryKey, data } of rows) stored.set(entryKey, viewOf(data));
    }
    return stored;
  }

  private overwrite(manager: EntityManager, block: number, entries: readonly IndexEntry[]): Promise<void> {
    return insertRows(manager, toNewRows(block, entries), OVERWRITE[dialectOf(manager.dataSource)]);
  }

  private async remove(manager: EntityManager, block: number, keys: readonly string[]): Promise<void> {
    for (const some of chunkValues(keys)) {
      await manager.query(
        `DELETE FROM search_index WHERE block = ? AND entry_key IN (${some.map(() => '?').join(', ')})`,
        [block, ...some],
      );
    }
  }
}

function toNewRows(block: number, entries: readonly IndexEntry[]) {
  return {
    table: 'search_index',
    columns: ['entry_key', 'block', 'size', 'data'],
    hexColumns: ['data'],
    rows: entries.map(({ key, size, data }) => [key, block, size, hexOf(data)]),
  };
}

function hexOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}
