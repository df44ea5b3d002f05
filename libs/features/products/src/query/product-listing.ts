/** A list of products as requested, in canonical form: equivalent requests are equal objects. */
import type { SortKey } from '@engine/search';
import type { ProductFilter } from '../filters/product-filters';

export type ProductSort = 'price' | 'name' | 'createdAt' | 'relevance' | 'distance';
export type SortOrder = 'asc' | 'desc';
export type TotalAccuracy = 'none' | 'estimated' | 'exact';

export interface ProductListing {
  readonly filter: ProductFilter;
  readonly sort: ProductSort;
  readonly order: SortOrder;
  readonly limit: number;
  readonly page: number;
  readonly count: TotalAccuracy;
}

/** The values that a list is sorted by, one per key of its sort; the id is last. */
export type SortKeys = readonly SortKey[];

/** A seek position between two products of a sorted list, from which pages continue in either direction. */
export interface SeekPosition {
  readonly side: 'after' | 'before';
  readonly keys: SortKeys;
}

/** A row of a list. */
export interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly nameText: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly producerId: number;
  readonly producerName: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Squared chord to the producer on the unit sphere; absent without `near`. */
  readonly chordSquared?: number;
}
