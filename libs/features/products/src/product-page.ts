/**
 * Makes a page out of the rows that were read for it: one row more than the page holds says whether the list
 * goes on. Cursors denote places between products, so a cursor whose products were deleted still leads back.
 */
import type { SeekPosition, ProductListing, ProductRow, SortKeys } from './product-listing';
import { containsAllTerms } from './search-terms';

export interface ProductPage {
  readonly rows: readonly ProductRow[];
  readonly next: SeekPosition | undefined;
  readonly previous: SeekPosition | undefined;
}

/** `rows` are in the order they were read: backwards where `start` is the end of a page. */
export function toPage(
  rows: readonly ProductRow[],
  listing: ProductListing,
  start: SeekPosition | undefined,
): ProductPage {
  const goesOn = rows.length > listing.limit;
  const inPage = rows.slice(0, listing.limit);
  if (start?.side === 'before') {
    const page = inPage.toReversed();
    return {
      rows: page,
      next: positionAfter(page, listing) ?? wayBack(start, listing),
      previous: goesOn ? positionBefore(page, listing) : undefined,
    };
  }
  const next = goesOn ? positionAfter(inPage, listing) : undefined;
  if (start === undefined && listing.page === 1) return { rows: inPage, next, previous: undefined };
  const previous = positionBefore(inPage, listing) ?? (start && wayBack(start, listing));
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
 * The way back out of an empty page, which deleted rows can leave. The place moves past the product it was made
 * from (ids are whole numbers), so that the page behind it contains that product again.
 */
function wayBack(start: SeekPosition, { order }: ProductListing): SeekPosition {
  const id = Number(start.keys.at(-1)) + ((start.side === 'after') === (order === 'asc') ? 1 : -1);
  return { side: start.side === 'after' ? 'before' : 'after', keys: start.keys.with(-1, id) };
}

function keysOf(row: ProductRow, { sort, filter }: ProductListing): SortKeys {
  switch (sort) {
    case 'price':
      return [row.priceMinor, row.id];
    case 'name':
      return [row.nameText, row.id];
    case 'createdAt':
      return [row.createdAtMs, row.id];
    case 'distance':
      return [row.chordSquared ?? 0, row.id];
    case 'relevance':
      return [containsAllTerms(row.nameText, filter.terms) ? 1 : 0, row.createdAtMs, row.id];
  }
}
