/** A change of a product, as received from its source, and its outcome. */
import type { ProductData } from './product-data';

/** `outdated`: the catalogue has already stored a newer version. */
export type ChangeOutcome = 'changed' | 'unchanged' | 'outdated';

/** Version of a product at its source; undefined if the source does not count versions. */
export type SourceVersion = number | undefined;

/** The new state of a product; undefined `data` means that it was deleted. */
export interface ProductChange {
  readonly externalId: string;
  readonly version: SourceVersion;
  readonly data: ProductData | undefined;
}

/** Number of products by outcome. */
export interface ChangeCounts {
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly outdated: number;
  /** Whether a response of the catalogue has changed, so caches must be invalidated. */
  readonly isVisible: boolean;
}
