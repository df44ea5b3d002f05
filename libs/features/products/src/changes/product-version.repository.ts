/** How far the catalogue has heard of a product from its source. */
import { Injectable } from '@nestjs/common';
import { dialectOf, execute, select, sql, trustedSql, type Dialect, type SqlFragment } from '@platform/database';
import type { EntityManager } from 'typeorm';

export interface ProductVersions {
  readonly product: number;
  readonly stock: number;
}

/** Before anything was heard of. */
const NOTHING_HEARD = -1;

const LOCK_AS_IT_IS: Record<Dialect, SqlFragment> = {
  mysql: trustedSql('ON DUPLICATE KEY UPDATE external_id = VALUES(external_id)'),
  sqlite: trustedSql('ON CONFLICT DO NOTHING'),
};

@Injectable()
export class ProductVersionRepository {
  /** Must run inside a transaction; until its end, other changes of the product wait, even where there is none yet. */
  async lock(manager: EntityManager, externalId: string): Promise<ProductVersions> {
    await execute(
      manager,
      sql`INSERT INTO product_versions (external_id, product, stock)
          VALUES (${externalId}, ${NOTHING_HEARD}, ${NOTHING_HEARD}) ${LOCK_AS_IT_IS[dialectOf(manager.dataSource)]}`,
    );
    const [row] = await select<ProductVersions>(
      manager,
      sql`SELECT product, stock FROM product_versions WHERE external_id = ${externalId}`,
    );
    return row ?? { product: NOTHING_HEARD, stock: NOTHING_HEARD };
  }

  /** Must run inside the transaction that locked it. */
  async set(manager: EntityManager, externalId: string, { product, stock }: ProductVersions): Promise<void> {
    await execute(
      manager,
      sql`UPDATE product_versions SET product = ${product}, stock = ${stock} WHERE external_id = ${externalId}`,
    );
  }
}
