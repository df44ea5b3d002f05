/** Total number of products of a list, as exact as possible without delaying the page. */
import type { ProductListing } from '../query/product-listing';

export interface ListTotal {
  readonly total: number | null;
  readonly totalRelation: 'eq' | 'approx' | 'gte' | null;
  readonly totalPages: number | null;
}

export interface TotalInputs {
  /** Rows read for the page, one more than it holds if the list continues. */
  readonly rowsRead: number;
  readonly isCursor: boolean;
  /** Number of matches, if they were counted. */
  readonly matches: number | undefined;
  /** Returns the estimated number of matches, undefined if there is no estimate; called only if it is needed. */
  readonly estimate: () => number | undefined;
}

const NOT_REQUESTED: ListTotal = { total: null, totalRelation: null, totalPages: null };

export function totalOf(listing: ProductListing, inputs: TotalInputs): ListTotal {
  const { count, limit, page } = listing;
  if (count === 'none') return NOT_REQUESTED;
  const offset = inputs.isCursor ? 0 : (page - 1) * limit;
  const isWithinList = inputs.rowsRead > 0 || offset === 0;
  const rowsSeen = isWithinList ? offset + inputs.rowsRead : 0;
  const isLastPage = !inputs.isCursor && isWithinList && inputs.rowsRead <= limit;
  const toTotal = (total: number, totalRelation: 'eq' | 'approx' | 'gte') => {
    return { total, totalRelation, totalPages: Math.ceil(total / limit) };
  };
  if (inputs.matches !== undefined) return toTotal(inputs.matches, 'eq');
  if (isLastPage) return toTotal(rowsSeen, 'eq');
  const estimate = count === 'exact' ? undefined : inputs.estimate();
  return estimate === undefined ? toTotal(rowsSeen, 'gte') : toTotal(Math.max(rowsSeen, estimate), 'approx');
}
