/**
 * Newest source versions of each product that the catalogue has applied. The row of a removed product remains as a
 * tombstone, so that an older change does not restore it.
 */
import { Injectable } from '@nestjs/common';
import { chunkValues, dialectOf, insertRows, joinSql, select, sql, type Dialect } from '@platform/database';
import type { EntityManager } from 'typeorm';
import { NO_VERSIONS, type ProductVersions } from './change-fold';

const LOCK_UNCHANGED: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE external_id = VALUES(external_id)',
  sqlite: 'ON CONFLICT DO NOTHING',
};
const OVERWRITE: Record<Dialect, string> = {
  mysql: 'ON DUPLICATE KEY UPDATE product = VALUES(product), stock = VALUES(stock)',
  sqlite: 'ON CONFLICT (external_id) DO UPDATE SET product = excluded.product, stock = excluded.stock',
};

@Injectable()
export class ProductVersionRepository {
  /**
   * Locks and returns the versions by external id. Must run inside a transaction; until it ends, other changes of these
   * products wait, even if a product has no row yet. All callers lock in the same order, which prevents deadlocks.
   */
  async lock(manager: EntityManager, externalIds: readonly string[]): Promise<ReadonlyMap<string, ProductVersions>> {
    const sortedIds = externalIds.toSorted((a, b) => (a < b ? -1 : 1));
    await this.write(
      manager,
      sortedIds.map((id) => [id, NO_VERSIONS] as const),
      LOCK_UNCHANGED,
    );
    const versionsById = new Map<string, ProductVersions>();
    for (const ids of chunkValues(sortedIds)) {
      const rows = await select<ProductVersions & { externalId: string }>(
        manager,
        sql`SELECT external_id AS externalId, product, stock FROM product_versions
            WHERE external_id IN (${joinSql(ids, ', ')})`,
      );
      for (const { externalId, ...versions } of rows) versionsById.set(externalId, versions);
    }
    return versionsById;
  }

  /** Stores versions. Must run inside the transaction that locked them. */
  set(manager: EntityManager, versions: readonly (readonly [externalId: string, ProductVersions])[]): Promise<void> {
    return this.write(manager, versions, OVERWRITE);
  }

  private async write(
    manager: EntityManager,
    versions: readonly (readonly [externalId: string, ProductVersions])[],
    onConflict: Record<Dialect, string>,
  ): Promise<void> {
    const columns = ['external_id', 'product', 'stock'];
    const rows = versions.map(([id, { product, stock }]) => [id, product, stock]);
    await insertRows(manager, { table: 'product_versions', columns, rows }, onConflict[dialectOf(manager.dataSource)]);
  }
}
