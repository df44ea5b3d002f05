/**
 * Changes of products, as their source tells of them, with the version that each has there. In whatever order they come,
 * the newest counts: for the product as a whole, and for its stock, of which a change of the product and a change of the
 * stock alone both tell. Without a version a change counts as the newest. All of it must run inside a transaction.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import type { ProductDraft } from '../product-draft';
import { ProductWriteRepository } from '../product-write.repository';
import type { ChangeCounts, ChangeOutcome, ProductChange, SourceVersion } from './product-change';
import type { ProductData } from './product-data';
import { ProductVersionRepository, type ProductVersions } from './product-version.repository';

type Known = ReadonlyMap<string, ProductVersions>;

@Injectable()
export class ProductChanges {
  constructor(
    private readonly products: ProductWriteRepository,
    private readonly versions: ProductVersionRepository,
    private readonly clock: Clock,
  ) {}

  /** The product is as the data say, but for its stock where that is known better, or not said. */
  put(manager: EntityManager, data: ProductData, version: SourceVersion): Promise<ChangeOutcome> {
    return this.applyOne(manager, { externalId: data.draft.externalId, version, data });
  }

  remove(manager: EntityManager, externalId: string, version: SourceVersion): Promise<ChangeOutcome> {
    return this.applyOne(manager, { externalId, version, data: undefined });
  }

  /** Of several changes of one product the newest counts. */
  async apply(manager: EntityManager, changes: readonly ProductChange[]): Promise<ChangeCounts> {
    const wanted = newestOfEach(changes);
    const known = await this.versions.lock(manager, [...wanted.keys()]);
    const news = [...wanted.values()].filter(({ externalId, version }) =>
      isNewer(version, known.get(externalId)?.product),
    );
    const drafts = await this.toDrafts(manager, news, known);
    const gone = news.filter(({ data }) => data === undefined).map(({ externalId }) => externalId);
    const stored = await this.store(manager, drafts);
    const removed = gone.length === 0 ? 0 : await this.products.remove(manager, gone);
    if (news.length > 0)
      await this.versions.set(
        manager,
        news.map((change) => [change.externalId, nextVersions(change, known)]),
      );
    const { created, updated, unchanged, producers } = stored;
    return {
      changed: created + updated,
      removed,
      unchanged: unchanged + gone.length - removed,
      outdated: changes.length - news.length,
      isVisible: created + updated + removed + producers > 0,
    };
  }

  /** Throws where there is no such product, which may be news that is still on its way. */
  async setStock(
    manager: EntityManager,
    externalId: string,
    stock: number,
    version: SourceVersion,
  ): Promise<ChangeOutcome> {
    const versions = (await this.versions.lock(manager, [externalId])).get(externalId);
    if (!isNewer(version, versions?.stock)) return 'outdated';
    const isChanged = await this.products.setStock(manager, externalId, stock, this.clock.nowMs());
    if (isChanged === undefined) throw new Error(`there is no product ${externalId}, or not yet`);
    const product = versions?.product ?? -1;
    await this.versions.set(manager, [[externalId, { product, stock: newestVersion(version, versions?.stock) }]]);
    return isChanged ? 'changed' : 'unchanged';
  }

  private async applyOne(manager: EntityManager, change: ProductChange): Promise<ChangeOutcome> {
    const { outdated, isVisible } = await this.apply(manager, [change]);
    if (outdated > 0) return 'outdated';
    return isVisible ? 'changed' : 'unchanged';
  }

  /** Those that say nothing new of their stock keep the one that is stored. */
  private async toDrafts(
    manager: EntityManager,
    news: readonly ProductChange[],
    known: Known,
  ): Promise<readonly ProductDraft[]> {
    const brought = news.flatMap(({ data }) => (data === undefined ? [] : [data]));
    const isStockNews = ({ externalId, version, data }: ProductChange) =>
      data?.saysStock === true && isNewer(version, known.get(externalId)?.stock);
    const keeping = news.filter((change) => change.data !== undefined && !isStockNews(change));
    const stocks = await this.products.findStocks(
      manager,
      keeping.map(({ externalId }) => externalId),
    );
    return brought.map(({ draft }) => ({ ...draft, stock: stocks.get(draft.externalId) ?? draft.stock }));
  }

  private store(manager: EntityManager, drafts: readonly ProductDraft[]) {
    if (drafts.length > 0) return this.products.upsert(manager, drafts, this.clock.nowMs());
    return { created: 0, updated: 0, unchanged: 0, producers: 0 };
  }
}

/** Of two of the same version the last. */
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

function nextVersions({ externalId, version, data }: ProductChange, known: Known): ProductVersions {
  const { product, stock } = known.get(externalId) ?? {};
  const saysStock = data === undefined || data.saysStock;
  return { product: newestVersion(version, product), stock: saysStock ? newestVersion(version, stock) : (stock ?? -1) };
}
