/** What a source tells of a product, and what came of it. */
import type { ProductData } from './product-data';

/** `outdated`: something newer is known already. */
export type ChangeOutcome = 'changed' | 'unchanged' | 'outdated';

/** Undefined where the source does not count. */
export type SourceVersion = number | undefined;

/** What a product is now; or, without data, that it is no more. */
export interface ProductChange {
  readonly externalId: string;
  readonly version: SourceVersion;
  readonly data: ProductData | undefined;
}

/** How many products were brought or changed, and so on. */
export interface ChangeCounts {
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly outdated: number;
  /** Whether a reader of the catalogue would see anything of it. */
  readonly isVisible: boolean;
}
