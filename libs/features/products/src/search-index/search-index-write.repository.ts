/**
 * Keeps the search index true, in the transaction that changes the products. Writers of a block take turns: each
 * counts up the block's version, which locks it until it commits, and reads what the one before has committed, for which
 * its transaction must be READ COMMITTED on MySQL (`transact`). By the versions readers see what has changed.
 */
import { Injectable } from '@nestjs/common';
import { bulkInsert, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { Between, type EntityManager } from 'typeorm';
import { countUpVersion } from '../block-version.repository';
import { Product } from '../product.entity';
import { BLOCK_IDS } from './block';
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
import { viewOf, type StoredBytes } from './stored-bytes';

const OVERWRITE: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE size = VALUES(size), data = VALUES(data)',
  sqlite: 'ON CONFLICT DO UPDATE SET size = excluded.size, data = excluded.data',
};

@Injectable()
export class SearchIndexWriteRepository {
  /** Must run inside the transaction that changed the products, after it has changed them. */
  async apply(manager: EntityManager, changes: readonly IndexChange[]): Promise<void> {
    for (const [block, ofBlock] of byBlock(changes)) {
      const delta = deltaOf(ofBlock);
      const touched = touchedKeys(delta);
      if (touched.length === 0) continue;
      await countUpVersion(manager, 'search_block', block);
      const entries = changeBlock(await this.find(manager, block, touched), delta);
      const kept = entries.filter(({ data }) => data.length > 0);
      const emptied = entries.filter(({ data }) => data.length === 0);
      await this.overwrite(manager, block, kept);
      await this.remove(
        manager,
        block,
        emptied.map(({ key }) => key),
      );
    }
  }

  /** Makes a block anew from its products. Must run inside a transaction; the block is whole before and after it. */
  async rebuild(manager: EntityManager, block: number): Promise<void> {
    await countUpVersion(manager, 'search_block', block);
    const entries = buildBlock(await this.findProducts(manager, block));
    await manager.query('DELETE FROM search_index WHERE block = ?', [block]);
    await bulkInsert(manager, toNewRows(block, entries));
  }

  private findProducts(manager: EntityManager, block: number): Promise<IndexedProduct[]> {
    const select = { id: true, nameText: true, searchText: true, category: true } as const;
    const first = block * BLOCK_IDS;
    return manager.find(Product, {
      select: { ...select, priceMinor: true, createdAtMs: true, stock: true, producerId: true },
      where: { id: Between(first, first + BLOCK_IDS - 1) },
      order: { id: 'ASC' },
    });
  }

  private async find(manager: EntityManager, block: number, keys: string[]): Promise<Map<string, DataView>> {
    const found = new Map<string, DataView>();
    for (const some of chunkValues(keys)) {
      const rows = await manager.query<{ entryKey: string; data: StoredBytes }[]>(
        `SELECT entry_key AS entryKey, data FROM search_index
         WHERE block = ? AND entry_key IN (${some.map(() => '?').join(', ')})`,
        [block, ...some],
      );
      for (const { entryKey, data } of rows) found.set(entryKey, viewOf(data));
    }
    return found;
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
