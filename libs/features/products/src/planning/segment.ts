/**
 * What is read for a page: one or two runs of products in one order each. By relevance, the products whose name has
 * all the terms come before the rest, so such a list is read as two parts, newest first within each.
 */
import type { ColumnSort } from '../search-index/abbreviated-keys';
import type { SeekPosition, ProductFilter, ProductListing, SortKeys } from '../product-listing';

/** Which products of the filter, by the terms that the name has: it does not matter, all, or not all. */
export type NameMatch = 'any' | 'all' | 'some-missing';

export interface Segment {
  readonly filter: ProductFilter;
  readonly nameMatch: NameMatch;
  readonly sort: ColumnSort | 'distance';
  /** In which the keys are read: against the list's order where a page is read from its end. */
  readonly direction: 'asc' | 'desc';
  /** Only what is read after these keys, the id last. */
  readonly after: SortKeys | undefined;
  readonly offset: number;
  /** Rows wanted: one more than the page holds, which says whether the list goes on. */
  readonly limit: number;
}

/** The parts of a page in the order they are read; a later one is read where the earlier ones do not fill the page. */
export function segmentsOf(listing: ProductListing, start: SeekPosition | undefined): Segment[] {
  const isBackwards = start?.side === 'before';
  const common = {
    filter: listing.filter,
    direction: (listing.order === 'asc') === isBackwards ? ('desc' as const) : ('asc' as const),
    offset: start === undefined ? (listing.page - 1) * listing.limit : 0,
    limit: listing.limit + 1,
  };
  if (listing.sort !== 'relevance') return [{ ...common, nameMatch: 'any', sort: listing.sort, after: start?.keys }];
  const tiers = isBackwards ? (['some-missing', 'all'] as const) : (['all', 'some-missing'] as const);
  const segments = tiers.map((nameMatch) => ({ ...common, nameMatch, sort: 'createdAt' as const, after: undefined }));
  if (start === undefined) return segments;
  const [tier, ...keys] = start.keys;
  const startsIn = tier === 1 ? 'all' : 'some-missing';
  return segments
    .slice(tiers.indexOf(startsIn))
    .map((segment) => (segment.nameMatch === startsIn ? { ...segment, after: keys } : segment));
}
