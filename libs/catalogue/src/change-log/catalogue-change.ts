/** A change of the catalogue, as the change log stores it in the transaction of the change. */
import type { IndexedProperties } from '../index-writer/index-keys';

/** A new, updated or deleted product. */
export interface ProductChanged {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly id: number;
  readonly externalId: string;
  /**
   * The product before and after the change, if a filter or sort distinguishes the two: `before` of a deleted product,
   * `after` of a new one, both of an updated one. Neither if, for example, a stock of 7 becomes 6.
   */
  readonly before?: IndexedProperties | undefined;
  readonly after?: IndexedProperties | undefined;
}

export type CatalogueChange =
  | ProductChanged
  | { readonly kind: 'producer-moved'; readonly producerId: number }
  /** Any product may have changed, as after a reindex. */
  | { readonly kind: 'everything' };

/** Changes that became visible together, in the order in which they were written. */
export interface ChangeBatch {
  /** Increases from batch to batch, in the order of commits. */
  readonly position: number;
  readonly changes: readonly CatalogueChange[];
}
