/**
 * Builds a page from the rows that were read for it; one row more than the page holds shows that the list continues.
 * Cursors denote positions between products, so they remain valid if their products are deleted.
 */
import type { SeekPosition, ProductListing, ProductRow } from '../query/product-listing';
import { keysOf } from '../query/sort-keys';

export interface ProductPage {
  readonly rows: readonly ProductRow[];
  readonly next: SeekPosition | undefined;
  readonly previous: SeekPosition | undefined;
}

/**
 * Builds a page of `rows` in reading order, which is backwards if `start` is the end of a page. With `limit` 2, rows
 * `a b c` of the first page → rows `a b`, `next` after `b`, no `previous`.
 */
export function toPage(
  rows: readonly ProductRow[],
  listing: ProductListing,
  start: SeekPosition | undefined,
): ProductPage {
  const hasMore = rows.length > listing.limit;
  const inPage = rows.slice(0, listing.limit);
  if (start?.side === 'before') {
    const page = inPage.toReversed();
    return {
      rows: page,
      next: positionAfter(page, listing) ?? positionBack(start, listing),
      previous: hasMore ? positionBefore(page, listing) : undefined,
    };
  }
  const next = hasMore ? positionAfter(inPage, listing) : undefined;
  if (start === undefined && listing.page === 1) return { rows: inPage, next, previous: undefined };
  const previous = positionBefore(inPage, listing) ?? (start && positionBack(start, listing));
  return { rows: inPage, next, previous };
}

function positionAfter(page: readonly ProductRow[], listing: ProductListing): SeekPosition | undefined {
  const last = page.at(-1);
  return last && { side: 'after', keys: keysOf(last, listing) };
}

function positionBefore(page: readonly ProductRow[], listing: ProductListing): SeekPosition | undefined {
  const first = page[0];
  return first && { side: 'before', keys: keysOf(first, listing) };
}

/**
 * Returns the position for reading back from an empty page, which deleted rows can leave. It moves past the product of
 * `start` (ids are integers), so that the page read back contains that product again.
 */
function positionBack(start: SeekPosition, { order }: ProductListing): SeekPosition {
  const id = Number(start.keys.at(-1)) + ((start.side === 'after') === (order === 'asc') ? 1 : -1);
  return { side: start.side === 'after' ? 'before' : 'after', keys: start.keys.with(-1, id) };
}
