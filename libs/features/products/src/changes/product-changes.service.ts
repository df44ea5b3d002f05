/**
 * Changes of single products, as their source tells of them, with the version that the product has there. In whatever
 * order they come, the newest counts: for the product as a whole, and for its stock, of which a change of the product
 * and a change of the stock alone both tell. Without a version a change counts as the newest. All of it must run inside
 * a transaction.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { ProductWriteRepository } from '../product-write.repository';
import type { ProductData } from './product-data';
import { ProductVersionRepository, type ProductVersions } from './product-version.repository';

/** `outdated`: something newer is known already. */
export type ChangeOutcome = 'changed' | 'unchanged' | 'outdated';

/** Undefined where the source does not count. */
export type SourceVersion = number | undefined;

@Injectable()
export class ProductChanges {
  constructor(
    private readonly products: ProductWriteRepository,
    private readonly versions: ProductVersionRepository,
    private readonly clock: Clock,
  ) {}

  /** The product is as the data say, but for its stock where that is known better, or not said. */
  async put(manager: EntityManager, { draft, saysStock }: ProductData, version: SourceVersion): Promise<ChangeOutcome> {
    const { externalId } = draft;
    const known = await this.versions.lock(manager, externalId);
    if (!isNews(version, known.product)) return 'outdated';
    const isStockNews = saysStock && isNews(version, known.stock);
    const stock = isStockNews ? draft.stock : await this.products.findStock(manager, externalId);
    const wanted = { ...draft, stock: stock ?? draft.stock };
    const { unchanged, producers } = await this.products.upsert(manager, [wanted], this.clock.nowMs());
    await this.hear(manager, externalId, known, { product: version, stock: isStockNews ? version : undefined });
    return unchanged === 0 || producers > 0 ? 'changed' : 'unchanged';
  }

  /** Throws where there is no such product, which may be news that is still on its way. */
  async setStock(
    manager: EntityManager,
    externalId: string,
    stock: number,
    version: SourceVersion,
  ): Promise<ChangeOutcome> {
    const known = await this.versions.lock(manager, externalId);
    if (!isNews(version, known.stock)) return 'outdated';
    const isChanged = await this.products.setStock(manager, externalId, stock, this.clock.nowMs());
    if (isChanged === undefined) throw new Error(`there is no product ${externalId}, or not yet`);
    await this.hear(manager, externalId, known, { product: undefined, stock: version });
    return isChanged ? 'changed' : 'unchanged';
  }

  async remove(manager: EntityManager, externalId: string, version: SourceVersion): Promise<ChangeOutcome> {
    const known = await this.versions.lock(manager, externalId);
    if (!isNews(version, known.product)) return 'outdated';
    const removed = await this.products.remove(manager, [externalId]);
    await this.hear(manager, externalId, known, { product: version, stock: version });
    return removed > 0 ? 'changed' : 'unchanged';
  }

  private async hear(
    manager: EntityManager,
    externalId: string,
    known: ProductVersions,
    heard: Record<keyof ProductVersions, SourceVersion>,
  ): Promise<void> {
    await this.versions.set(manager, externalId, {
      product: Math.max(known.product, heard.product ?? known.product),
      stock: Math.max(known.stock, heard.stock ?? known.stock),
    });
  }
}

function isNews(version: SourceVersion, known: number): boolean {
  return version === undefined || version > known;
}
