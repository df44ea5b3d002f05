/**
 * How the search index is read for a part of a list. Few ids: all their rows are read and sorted. Many: their sort
 * codes cut them to a page first. What the index has no sets for, prices and places, is then either decided on all ids
 * beforehand, or tested on the rows of more ids than the page needs (loosely), which is cheaper where enough pass.
 */
import type { ProductFilter } from '../product-listing';
import type { CodedSort } from '../search-index/sort-codes';
import type { ListPart } from './list-part';

/** How many products match, how many ids are in the sets, how many prices in the range; infinite where nobody knows. */
export interface Expected {
  readonly matches: number;
  readonly ids: number;
  readonly priced: number;
}

export interface IndexReading {
  readonly isLoose: boolean;
  /** The ids of the price range are read from the index of prices, not decided by the codes of all prices. */
  readonly isPriceListed: boolean;
  /** Sorts whose codes are likely to be needed. */
  readonly sorts: readonly CodedSort[];
  /** Rows likely to be read. */
  readonly fetched: number;
}

/** Ids whose rows are simply read and sorted; from some more on it is cheaper to cut them by their sort codes. */
export const MAX_FETCHED_IDS = 2_500;

/** Ids of a price range that are sooner read from an index than the codes of all prices. */
const MAX_LISTED_PRICES = 40_000;

/** Where fewer than one in so many would pass, all ids are decided on beforehand. */
const LOOSE_SHARE = 60;

export function planIndexReading(part: ListPart, expected: Expected, maxFetchedIds: number): IndexReading {
  const isLoose = isReadLoosely(part, expected);
  const isDecided = hasPrice(part.filter) && !isLoose && expected.ids > maxFetchedIds;
  const isPriceListed = isDecided && part.sort !== 'price' && expected.priced <= MAX_LISTED_PRICES;
  const ofPrice = isDecided && !isPriceListed ? (['price'] as const) : [];
  const candidates = isLoose ? expected.ids : expected.matches;
  if (part.sort === 'distance' || candidates <= maxFetchedIds)
    return { isLoose, isPriceListed, sorts: ofPrice, fetched: isDecided ? expected.matches : expected.ids };
  const sorts = [...new Set([...ofPrice, part.sort])];
  return { isLoose, isPriceListed, sorts, fetched: isLoose ? looseLimit(part, expected) : part.limit };
}

/** Ids to read so that the page is likely full: half as many again as should do. */
export function looseLimit({ limit }: ListPart, { matches, ids }: Expected): number {
  return limit + Math.ceil((1.5 * limit * ids) / Math.max(1, matches));
}

export function hasPrice({ minPriceMinor, maxPriceMinor }: ProductFilter): boolean {
  return minPriceMinor !== undefined || maxPriceMinor !== undefined;
}

export function hasProducers({ producerId, near }: ProductFilter): boolean {
  return producerId !== undefined || near !== undefined;
}

/** Only without an offset, which needs to know how many of the ids before it match. */
function isReadLoosely({ filter, offset, sort }: ListPart, { matches, ids }: Expected): boolean {
  const isTested = (hasPrice(filter) && sort !== 'price') || hasProducers(filter);
  return isTested && offset === 0 && sort !== 'distance' && ids !== Infinity && matches * LOOSE_SHARE >= ids;
}
