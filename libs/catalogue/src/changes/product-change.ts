/** A change of a product, as received from its source, and its outcome. */
import type { ProductData } from './product-data';

/** Version of a product at its source; undefined if the source does not count versions. */
export type SourceVersion = number | undefined;

/** The new state of a product: its data, its stock alone, or its removal. */
export type ProductChange = {
  readonly externalId: string;
  readonly version: SourceVersion;
} & (
  | { readonly kind: 'put'; readonly data: ProductData }
  | { readonly kind: 'stock'; readonly stock: number }
  | { readonly kind: 'remove' }
);

/** `outdated`: the catalogue has already stored a newer version. */
export type ChangeOutcome = 'applied' | 'outdated';

/** Number of products by outcome. */
export interface ChangeCounts {
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly outdated: number;
}
