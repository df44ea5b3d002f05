/**
 * Applies changes of products in memory, one after another, so that a batch of them is written in sets. The highest
 * version wins. The product and its stock have separate versions, because a change of the product and a change of the
 * stock alone both set the stock. A change without a version always wins.
 */
import type { ProductDraft } from '../product-draft';
import type { ChangeOutcome, ProductChange, SourceVersion } from './product-change';

/** Newest versions that the catalogue has applied; -1 before the first change. */
export interface ProductVersions {
  readonly product: number;
  readonly stock: number;
}

/** A product while changes are applied to it. */
export interface FoldedProduct {
  readonly versions: ProductVersions;
  /** Undefined if the product does not exist. */
  readonly stock: number | undefined;
  /** Data of the last change that contained any, with the current stock. */
  readonly draft?: ProductDraft;
}

export const NO_VERSIONS: ProductVersions = { product: -1, stock: -1 };

/** A stock of a product that does not exist; the change that creates it may arrive later. */
export class MissingProductError extends Error {
  override readonly name = 'MissingProductError';

  constructor(externalId: string) {
    super(`product ${externalId} does not exist yet`);
  }
}

/**
 * Applies a group of changes, all or none, and returns its outcome: `outdated` if all its changes are. Throws
 * MissingProductError without effect. `products` contains every product of the group and receives the new states.
 */
export function foldGroup(products: Map<string, FoldedProduct>, group: readonly ProductChange[]): ChangeOutcome {
  const folded = new Map<string, FoldedProduct>();
  let applied = 0;
  for (const change of group) {
    const { externalId } = change;
    const before = folded.get(externalId) ?? products.get(externalId)!;
    const after = fold(before, change);
    if (after === undefined) continue;
    folded.set(externalId, after);
    applied += 1;
  }
  for (const [externalId, product] of folded) products.set(externalId, product);
  return applied === 0 && group.length > 0 ? 'outdated' : 'applied';
}

/** Returns the product after the change; undefined if the change is outdated. */
function fold(product: FoldedProduct, change: ProductChange): FoldedProduct | undefined {
  const { versions } = product;
  const { externalId, version } = change;
  if (!isNewer(version, change.kind === 'stock' ? versions.stock : versions.product)) return undefined;
  switch (change.kind) {
    case 'put':
      return put(product, change.data.draft, version, change.data.hasStock);
    case 'remove':
      return { versions: newestOf(versions, version), stock: undefined };
    case 'stock': {
      if (product.stock === undefined) throw new MissingProductError(externalId);
      const { stock } = change;
      const changed = { versions: { ...versions, stock: newest(version, versions.stock) }, stock };
      return product.draft === undefined ? changed : { ...changed, draft: { ...product.draft, stock } };
    }
  }
}

/**
 * Keeps the stock if its version is newer or the data does not contain one. Keeps the creation time of the data that
 * created the product.
 */
function put(product: FoldedProduct, draft: ProductDraft, version: SourceVersion, hasStock: boolean): FoldedProduct {
  const { versions } = product;
  const stock = (hasStock && isNewer(version, versions.stock) ? undefined : product.stock) ?? draft.stock;
  const { createdAtMs: _, ...content } = draft;
  const { createdAtMs } = product.draft ?? draft;
  return {
    versions: hasStock ? newestOf(versions, version) : { ...versions, product: newest(version, versions.product) },
    stock,
    draft: { ...content, stock, ...(createdAtMs !== undefined && { createdAtMs }) },
  };
}

function isNewer(version: SourceVersion, known: number): boolean {
  return version === undefined || version > known;
}

function newestOf({ product, stock }: ProductVersions, version: SourceVersion): ProductVersions {
  return { product: newest(version, product), stock: newest(version, stock) };
}

function newest(version: SourceVersion, known: number): number {
  return Math.max(version ?? known, known);
}
