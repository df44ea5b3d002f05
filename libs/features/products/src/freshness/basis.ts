/** The basis of a response: the data from which a change can be tested for its effect on the response. In JSON. */
import type { ProductFilter } from '../filters/product-filters';
import type { ListTotal } from '../list/list-total';
import type {
  ProductListing,
  ProductRow,
  ProductSort,
  SeekPosition,
  SortKeys,
  SortOrder,
} from '../query/product-listing';
import { keysOf } from '../query/sort-keys';

export interface ListBasis {
  readonly kind: 'list';
  readonly filter: ProductFilter;
  readonly sort: ProductSort;
  /** Order in which the page was read, opposite to that of the list if it was read from its end. */
  readonly order: SortOrder;
  /** Keys after which the page begins; undefined if it begins at the start of the list or at an offset. */
  readonly after?: SortKeys;
  /** Keys of the first product after the page, whose existence the page depends on; undefined if there is none. */
  readonly until?: SortKeys;
  /** Ids of the products on the page. */
  readonly shown: readonly number[];
  /** Ids of their producers. */
  readonly producers: readonly number[];
  readonly isTotalExact: boolean;
}

export interface ProductBasis {
  readonly kind: 'product';
  readonly id: number;
  readonly producerId: number;
}

export interface CategoriesBasis {
  readonly kind: 'categories';
}

export type ResponseBasis = ListBasis | ProductBasis | CategoriesBasis;

/** Returns the basis of a page, given its rows in reading order; one more than the page holds if the list continues. */
export function listBasisOf(
  listing: ProductListing,
  start: SeekPosition | undefined,
  rows: readonly ProductRow[],
  { totalRelation }: ListTotal,
): ListBasis {
  const { filter, sort, limit } = listing;
  const isBackwards = start?.side === 'before';
  const inPage = rows.slice(0, limit);
  const next = rows[limit];
  return {
    kind: 'list',
    filter,
    sort,
    order: (listing.order === 'asc') === isBackwards ? 'desc' : 'asc',
    ...(start !== undefined && { after: start.keys }),
    ...(next !== undefined && { until: keysOf(next, listing) }),
    shown: inPage.map(({ id }) => id),
    producers: [...new Set(inPage.map(({ producerId }) => producerId))],
    isTotalExact: totalRelation === 'eq',
  };
}

export function productBasisOf({ id, producerId }: ProductRow): ProductBasis {
  return { kind: 'product', id, producerId };
}

export const CATEGORIES_BASIS: CategoriesBasis = { kind: 'categories' };

/** Returns the ids of the products that the response shows. */
export function shownBy(basis: ResponseBasis): readonly number[] {
  if (basis.kind === 'list') return basis.shown;
  return basis.kind === 'product' ? [basis.id] : [];
}
