/**
 * What is read for a page: one or two runs of products in one order each. By relevance, the products whose name has
 * all the terms come before the rest, so such a list is read as two parts, newest first within each.
 */
import type { CodedSort } from '../search-index/sort-codes';
import type { Place, ProductFilter, ProductListing, SortKeys } from '../product-listing';

/** Which products of the filter, by the terms that the name has: it does not matter, all, or not all. */
export type NameMatch = 'any' | 'all' | 'some-missing';

export interface ListPart {
  readonly filter: ProductFilter;
  readonly nameMatch: NameMatch;
  readonly sort: CodedSort | 'distance';
  /** In which the keys are read: against the list's order where a page is read from its end. */
  readonly direction: 'asc' | 'desc';
  /** Only what is read after these keys, the id last. */
  readonly beyond: SortKeys | undefined;
  readonly offset: number;
  /** Rows wanted: one more than the page holds, which says whether the list goes on. */
  readonly limit: number;
}

/** The parts of a page in the order they are read; a later one is read where the earlier ones do not fill the page. */
export function partsOf(listing: ProductListing, start: Place | undefined): ListPart[] {
  const isBackwards = start?.side === 'before';
  const common = {
    filter: listing.filter,
    direction: (listing.order === 'asc') === isBackwards ? ('desc' as const) : ('asc' as const),
    offset: start === undefined ? (listing.page - 1) * listing.limit : 0,
    limit: listing.limit + 1,
  };
  if (listing.sort !== 'relevance') return [{ ...common, nameMatch: 'any', sort: listing.sort, beyond: start?.keys }];
  const tiers = isBackwards ? (['some-missing', 'all'] as const) : (['all', 'some-missing'] as const);
  const parts = tiers.map((nameMatch) => ({ ...common, nameMatch, sort: 'createdAt' as const, beyond: undefined }));
  if (start === undefined) return parts;
  const [tier, ...keys] = start.keys;
  const startsIn = tier === 1 ? 'all' : 'some-missing';
  return parts
    .slice(tiers.indexOf(startsIn))
    .map((part) => (part.nameMatch === startsIn ? { ...part, beyond: keys } : part));
}
