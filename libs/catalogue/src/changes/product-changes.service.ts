/**
 * Applies changes of products from their source. Changes may arrive in any order; the highest version wins. The product
 * and its stock have separate versions, because a change of the product and a change of the stock alone both set the
 * stock. A change without a version always wins.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { ProductDraft } from '../product-draft';
import type { CatalogueTransaction } from '../store/catalogue.writer';
import { ProductWriteRepository } from '../store/product-write.repository';
import type { ChangeCounts, ChangeOutcome, ProductChange, SourceVersion } from './product-change';
import type { ProductData } from './product-data';
import { ProductVersionRepository, type ProductVersions } from './product-version.repository';

type KnownVersions = ReadonlyMap<string, ProductVersions>;

@Injectable()
export class ProductChanges {
  constructor(
    private readonly products: ProductWriteRepository,
    private readonly versions: ProductVersionRepository,
    private readonly clock: Clock,
  ) {}

  /** Stores the product. Keeps the stored stock if its version is newer or `data` does not contain a stock. */
  put(manager: CatalogueTransaction, data: ProductData, version: SourceVersion): Promise<ChangeOutcome> {
    return this.applyOne(manager, { externalId: data.draft.externalId, version, data });
  }

  remove(manager: CatalogueTransaction, externalId: string, version: SourceVersion): Promise<ChangeOutcome> {
    return this.applyOne(manager, { externalId, version, data: undefined });
  }

  /** Applies many changes; of several changes of one product, only the newest. */
  async apply(manager: CatalogueTransaction, changes: readonly ProductChange[]): Promise<ChangeCounts> {
    const newest = newestOfEach(changes);
    const known = await this.versions.lock(manager, [...newest.keys()]);
    const newer = [...newest.values()].filter(({ externalId, version }) =>
      isNewer(version, known.get(externalId)?.product),
    );
    const drafts = await this.toDrafts(manager, newer, known);
    const removedIds = newer.filter(({ data }) => data === undefined).map(({ externalId }) => externalId);
    const stored = await this.store(manager, drafts);
    const removed = removedIds.length === 0 ? 0 : await this.products.remove(manager, removedIds);
    if (newer.length > 0)
      await this.versions.set(
        manager,
        newer.map((change) => [change.externalId, nextVersions(change, known)]),
      );
    const { created, updated, unchanged, producers } = stored;
    return {
      changed: created + updated,
      removed,
      unchanged: unchanged + removedIds.length - removed,
      outdated: changes.length - newer.length,
      isVisible: created + updated + removed + producers > 0,
    };
  }

  /** Throws if the product does not exist; the change that creates it may arrive later. */
  async setStock(
    manager: CatalogueTransaction,
    externalId: string,
    stock: number,
    version: SourceVersion,
  ): Promise<ChangeOutcome> {
    const versions = (await this.versions.lock(manager, [externalId])).get(externalId);
    if (!isNewer(version, versions?.stock)) return 'outdated';
    const isChanged = await this.products.setStock(manager, externalId, stock, this.clock.nowMs());
    if (isChanged === undefined) throw new Error(`product ${externalId} does not exist yet`);
    const product = versions?.product ?? -1;
    await this.versions.set(manager, [[externalId, { product, stock: newestVersion(version, versions?.stock) }]]);
    return isChanged ? 'changed' : 'unchanged';
  }

  private async applyOne(manager: CatalogueTransaction, change: ProductChange): Promise<ChangeOutcome> {
    const { outdated, isVisible } = await this.apply(manager, [change]);
    if (outdated > 0) return 'outdated';
    return isVisible ? 'changed' : 'unchanged';
  }

  /** Returns the drafts, with the stored stock if a change contains no newer one. */
  private async toDrafts(
    manager: EntityManager,
    newer: readonly ProductChange[],
    known: KnownVersions,
  ): Promise<readonly ProductDraft[]> {
    const productData = newer.flatMap(({ data }) => (data === undefined ? [] : [data]));
    const hasNewerStock = ({ externalId, version, data }: ProductChange) =>
      data?.hasStock === true && isNewer(version, known.get(externalId)?.stock);
    const keepingStock = newer.filter((change) => change.data !== undefined && !hasNewerStock(change));
    const stocks = await this.products.findStocks(
      manager,
      keepingStock.map(({ externalId }) => externalId),
    );
    return productData.map(({ draft }) => ({ ...draft, stock: stocks.get(draft.externalId) ?? draft.stock }));
  }

  private store(manager: CatalogueTransaction, drafts: readonly ProductDraft[]) {
    if (drafts.length > 0) return this.products.upsert(manager, drafts, this.clock.nowMs());
    return { created: 0, updated: 0, unchanged: 0, producers: 0 };
  }
}

/** Returns the newest change of each product; of two with the same version, the last. */
function newestOfEach(changes: readonly ProductChange[]): ReadonlyMap<string, ProductChange> {
  const newest = new Map<string, ProductChange>();
  for (const change of changes) {
    const other = newest.get(change.externalId);
    if (other?.version !== undefined && change.version !== undefined && change.version < other.version) continue;
    newest.set(change.externalId, change);
  }
  return newest;
}

function isNewer(version: SourceVersion, known = -1): boolean {
  return version === undefined || version > known;
}

function newestVersion(version: SourceVersion, known = -1): number {
  return Math.max(version ?? known, known);
}

function nextVersions({ externalId, version, data }: ProductChange, known: KnownVersions): ProductVersions {
  const { product, stock } = known.get(externalId) ?? {};
  const hasStock = data === undefined || data.hasStock;
  return { product: newestVersion(version, product), stock: hasStock ? newestVersion(version, stock) : (stock ?? -1) };
}
