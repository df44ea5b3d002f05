/** A list of products as it was asked for, in canonical form: equal wishes are equal objects. */

export type ProductSort = 'price' | 'name' | 'createdAt' | 'relevance' | 'distance';
export type SortOrder = 'asc' | 'desc';
export type TotalAccuracy = 'none' | 'estimated' | 'exact';

export interface ProductFilter {
  /** Each must begin some word of the product; from `toSearchTerms`. */
  readonly terms: readonly string[];
  /** Slugs, any of which; empty means all. */
  readonly categories: readonly string[];
  readonly minPriceMinor: number | undefined;
  readonly maxPriceMinor: number | undefined;
  readonly inStock: boolean | undefined;
  readonly producerId: number | undefined;
  /** Only producers within the radius of the place. */
  readonly near: Circle | undefined;
}

export const NO_FILTER: ProductFilter = {
  terms: [],
  categories: [],
  minPriceMinor: undefined,
  maxPriceMinor: undefined,
  inStock: undefined,
  producerId: undefined,
  near: undefined,
};

/** Degrees, WGS 84, and kilometres. */
export interface Circle {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusKm: number;
}

export interface ProductListing {
  readonly filter: ProductFilter;
  readonly sort: ProductSort;
  readonly order: SortOrder;
  readonly limit: number;
  readonly page: number;
  readonly count: TotalAccuracy;
}

export type SortKey = string | number;

/** The values a list is sorted by, the id last: one for each key of its sort. */
export type SortKeys = readonly SortKey[];

/** A place between two products of a sorted list, from which pages go on in either direction. */
export interface SeekPosition {
  readonly side: 'after' | 'before';
  readonly keys: SortKeys;
}

/** What a database row of a list carries. */
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
  /** Square of the chord to the producer on the unit sphere; absent where nothing is near. */
  readonly chordSquared?: number;
}

export function hasPrice({ minPriceMinor, maxPriceMinor }: ProductFilter): boolean {
  return minPriceMinor !== undefined || maxPriceMinor !== undefined;
}

export function hasProducers({ producerId, near }: ProductFilter): boolean {
  return producerId !== undefined || near !== undefined;
}
