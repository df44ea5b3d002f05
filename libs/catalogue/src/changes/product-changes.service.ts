/**
 * Applies changes of products from their source in sets. Changes may arrive in any order; the highest version wins
 * (change-fold.ts).
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import type { ProductDraft } from '../product-draft';
import type { CatalogueTransaction } from '../store/catalogue.writer';
import { ProductWriteRepository, type BatchOutcome, type StoredProducts } from '../store/product-write.repository';
import { foldGroup, MissingProductError, NO_VERSIONS, type FoldedProduct } from './change-fold';
import type { ChangeCounts, ChangeOutcome, ProductChange } from './product-change';
import { ProductVersionRepository } from './product-version.repository';

/** Changes that take effect together or not at all, such as those of an event. */
export type ChangeGroup = readonly ProductChange[];

/** The error is a MissingProductError; the group has no effect then. */
export type GroupOutcome = ChangeOutcome | Error;

interface AppliedRun {
  readonly outcomes: readonly GroupOutcome[];
  readonly written: BatchOutcome;
  readonly removed: number;
}

@Injectable()
export class ProductChanges {
  constructor(
    private readonly products: ProductWriteRepository,
    private readonly versions: ProductVersionRepository,
    private readonly clock: Clock,
  ) {}

  /** Applies groups as if one after another, and returns the outcome of each. */
  async applyGroups(manager: CatalogueTransaction, groups: readonly ChangeGroup[]): Promise<GroupOutcome[]> {
    const outcomes: GroupOutcome[] = [];
    while (outcomes.length < groups.length)
      outcomes.push(...(await this.applyRun(manager, groups.slice(outcomes.length))).outcomes);
    return outcomes;
  }

  /** Applies changes to products that need not exist, such as those of a page of the partner. */
  async apply(manager: CatalogueTransaction, changes: readonly ProductChange[]): Promise<ChangeCounts> {
    const groups = changes.map((change) => [change]);
    const counts = { changed: 0, removed: 0, unchanged: 0, outdated: 0 };
    for (let done = 0; done < groups.length;) {
      const { outcomes, written, removed } = await this.applyRun(manager, groups.slice(done));
      done += outcomes.length;
      const outdated = outcomes.filter((outcome) => outcome === 'outdated').length;
      const changed = written.created + written.updated;
      counts.changed += changed;
      counts.removed += removed;
      counts.outdated += outdated;
      counts.unchanged += outcomes.length - outdated - changed - removed;
    }
    return counts;
  }

  /**
   * Applies groups until one adds a product that an earlier one has removed: its row must be deleted first, so that the
   * product receives a new id. Returns the outcomes of the applied groups, at least one.
   */
  private async applyRun(manager: CatalogueTransaction, groups: readonly ChangeGroup[]): Promise<AppliedRun> {
    const ids = [...new Set(groups.flat().map(({ externalId }) => externalId))];
    const known = await this.versions.lock(manager, ids);
    const stored = await this.products.lock(manager, ids);
    const before = new Map<string, FoldedProduct>(
      ids.map((id) => [id, { versions: known.get(id) ?? NO_VERSIONS, stock: stored.get(id)?.stock }]),
    );
    const after = new Map(before);
    const outcomes: GroupOutcome[] = [];
    for (const group of groups) {
      if (restoresRemoved(group, after, stored)) break;
      outcomes.push(tryToFold(after, group));
    }
    const changed = [...after].filter(([id, product]) => product !== before.get(id));
    if (changed.length === 0) return { outcomes, written: NOTHING_WRITTEN, removed: 0 };
    const writes = toWrites(changed, stored);
    const written = await this.products.write(manager, writes, stored, this.clock.nowMs());
    await this.versions.set(
      manager,
      changed.map(([id, { versions }]) => [id, versions]),
    );
    return { outcomes, written, removed: writes.removed.length };
  }
}

const NOTHING_WRITTEN: BatchOutcome = { created: 0, updated: 0, unchanged: 0, producers: 0, outcomes: new Map() };

function tryToFold(products: Map<string, FoldedProduct>, group: ChangeGroup): GroupOutcome {
  try {
    return foldGroup(products, group);
  } catch (error) {
    if (error instanceof MissingProductError) return error;
    throw error;
  }
}

function restoresRemoved(
  group: ChangeGroup,
  products: ReadonlyMap<string, FoldedProduct>,
  stored: StoredProducts,
): boolean {
  return group.some(
    ({ kind, externalId }) => kind === 'put' && stored.has(externalId) && products.get(externalId)?.stock === undefined,
  );
}

function toWrites(changed: readonly (readonly [string, FoldedProduct])[], stored: StoredProducts) {
  const drafts: ProductDraft[] = [];
  const stocks = new Map<string, number>();
  const removed: string[] = [];
  for (const [externalId, { draft, stock }] of changed) {
    if (draft !== undefined) drafts.push(draft);
    else if (stock !== undefined) stocks.set(externalId, stock);
    else if (stored.has(externalId)) removed.push(externalId);
  }
  return { drafts, stocks, removed };
}
