/** The ways to read a segment. All return the same rows. */

/**
 * - `index-scan`: scans the index of the sort and tests each product, until the page is full;
 * - `search-index`: selects ids in the search index, then reads the rows of the page;
 * - `price-range`: reads all products of the price range and sorts them;
 * - `producers`: reads all products of one producer, or of the nearby producers, and sorts them;
 * - `nearest-first`: reads producer by producer, nearest (or farthest) first, until the page is full.
 */
export type AccessPath = 'index-scan' | 'search-index' | 'price-range' | 'producers' | 'nearest-first';
