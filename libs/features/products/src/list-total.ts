/** How many products a list has, said as exactly as it is known without making the page wait. */
import type { ProductListing } from './product-listing';

export interface ListTotal {
  readonly total: number | null;
  readonly totalRelation: 'eq' | 'approx' | 'gte' | null;
  readonly totalPages: number | null;
}

export interface KnownOfTotal {
  /** Rows read for the page, one more than it holds where the list goes on. */
  readonly rowsRead: number;
  readonly isCursor: boolean;
  /** All that match, where they were counted. */
  readonly matches: number | undefined;
  /** About how many; undefined while nobody knows. Asked for only where it is needed. */
  readonly estimate: () => number | undefined;
}

const NOT_ASKED_FOR: ListTotal = { total: null, totalRelation: null, totalPages: null };

export function totalOf(listing: ProductListing, known: KnownOfTotal): ListTotal {
  const { count, limit, page } = listing;
  if (count === 'none') return NOT_ASKED_FOR;
  const offset = known.isCursor ? 0 : (page - 1) * limit;
  const isSeen = known.rowsRead > 0 || offset === 0;
  const seen = isSeen ? offset + known.rowsRead : 0;
  const isEnd = !known.isCursor && isSeen && known.rowsRead <= limit;
  const as = (total: number, totalRelation: 'eq' | 'approx' | 'gte') => {
    return { total, totalRelation, totalPages: Math.ceil(total / limit) };
  };
  if (known.matches !== undefined) return as(known.matches, 'eq');
  if (isEnd) return as(seen, 'eq');
  const estimate = count === 'exact' ? undefined : known.estimate();
  return estimate === undefined ? as(seen, 'gte') : as(Math.max(seen, estimate), 'approx');
}
