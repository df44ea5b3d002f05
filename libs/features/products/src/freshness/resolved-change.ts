/** A change of the catalogue with the positions of its producers, which filters and distances depend on. */
import type { CatalogueChange, ProducerPositionsById, ProductChanged } from '@catalogue';
import type { FilteredProduct } from '../filters/filter';

/** A product before and after a change; both are undefined if no filter and no sort distinguishes the two. */
export interface ProductTransition {
  readonly kind: 'product';
  readonly id: number;
  readonly before: FilteredProduct | undefined;
  readonly after: FilteredProduct | undefined;
}

export type ResolvedChange = ProductTransition | Exclude<CatalogueChange, ProductChanged>;

/** Whether the change can affect responses that do not show its product. */
export function isIndexed(change: ResolvedChange): boolean {
  return change.kind !== 'product' || (change.before ?? change.after) !== undefined;
}

export function resolve(change: CatalogueChange, producers: ProducerPositionsById): ResolvedChange {
  if (!('id' in change)) return change;
  return {
    kind: 'product',
    id: change.id,
    before: toFilteredProduct(change.before, producers),
    after: toFilteredProduct(change.after, producers),
  };
}

/** A literal, because the members of an object that a spread created are read twenty times slower (Node.js 20). */
function toFilteredProduct(
  product: ProductChanged['before'],
  producers: ProducerPositionsById,
): FilteredProduct | undefined {
  return (
    product && {
      nameText: product.nameText,
      searchText: product.searchText,
      category: product.category,
      priceMinor: product.priceMinor,
      createdAtMs: product.createdAtMs,
      inStock: product.inStock,
      producerId: product.producerId,
      position: producers.get(product.producerId) ?? null,
    }
  );
}
