/**
 * A segment is a run of products in one order; a page is read from one or two of them. By relevance, products whose
 * name contains all terms precede the others, so such a list has two segments, each newest first.
 */
import type { ColumnSort } from '@catalogue';
import type { PageWindow } from '@engine/search';
import type { Condition } from '../filters/filter';
import { conditionsOf, type ProductFilter } from '../filters/product-filters';
import { nameCondition, type NameMatch } from '../filters/search.filter';
import type { ProductListing, SeekPosition, SortKeys } from './product-listing';

export interface Segment extends PageWindow {
  readonly filter: ProductFilter;
  readonly nameMatch: NameMatch;
  readonly sort: ColumnSort | 'distance';
  /** Opposite to the order of the list if a page is read from its end. */
  readonly direction: 'asc' | 'desc';
  /** Only products after these keys in reading order; the id is the last key. */
  readonly after: SortKeys | undefined;
}

/**
 * Returns the segments of a page in reading order; a later one is read only if the earlier ones do not fill the page.
 * By relevance: `all`, `some-missing`; read from the end of a page: `some-missing`, `all`.
 */
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

/** Returns the conditions that the products of a segment meet: those of the filters, and of the name. */
export function segmentConditions({ filter, nameMatch }: Pick<Segment, 'filter' | 'nameMatch'>): Condition[] {
  const ofName = nameCondition(filter, nameMatch);
  return ofName === undefined ? conditionsOf(filter) : [...conditionsOf(filter), ofName];
}
