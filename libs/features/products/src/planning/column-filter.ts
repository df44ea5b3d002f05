/**
 * Filters by the values that products have in a column of the search index. A pre-filter removes ids before the page is
 * selected; where that would take too long, a post-filter tests the ids that the page may be among.
 */
import { hasPrice, hasProducers, type ProductFilter } from '../product-listing';
import { keepIf, type KeyedIds } from '../search-index/keyed-ids';
import type { Column, ColumnName } from '../search-index/column';
import type { IdSet } from '../search-index/id-set';
import { MAX_ABBREVIATED_KEY } from '../search-index/abbreviated-keys';
import type { NearbyProducers } from './nearby-producers';

export interface ColumnFilter {
  readonly preFilter: (ids: IdSet) => void;
  readonly postFilter: (some: KeyedIds) => KeyedIds;
  /** Of more ids, the post-filter is faster. */
  readonly maxPreFilteredIds: number;
}

type Columns = ReadonlyMap<ColumnName, Column>;

/** A pre-filter takes 4 ns for each id of a producer, 1.5 ns for each of a price. */
const MAX_IDS_BY_PRODUCER = 100_000;
const MAX_IDS_BY_PRICE = 1_000_000;
/** Ranges that hold less than this part of the ids are always pre-filtered. */
const NARROW_PART = 1 / 16;

export function columnsFilteredBy(filter: ProductFilter): ColumnName[] {
  return [...(hasPrice(filter) ? (['price'] as const) : []), ...(hasProducers(filter) ? (['producer'] as const) : [])];
}

export function columnFiltersOf(
  filter: ProductFilter,
  columns: Columns,
  nearby: NearbyProducers | undefined,
): ColumnFilter[] {
  const filters: ColumnFilter[] = [];
  const { producerId } = filter;
  if (producerId !== undefined) filters.push(inRange(columnOf(columns, 'producer'), [producerId, producerId]));
  if (hasPrice(filter)) filters.push(inRange(columnOf(columns, 'price'), priceBoundsOf(filter)));
  if (nearby !== undefined) filters.push(isNearby(columnOf(columns, 'producer'), nearby));
  return filters;
}

export function columnOf(columns: Columns, name: ColumnName): Column {
  const column = columns.get(name);
  if (column === undefined) throw new Error(`the column of ${name} was not read`);
  return column;
}

/** The codes of prices are the prices. */
export function priceBoundsOf({ minPriceMinor = 0, maxPriceMinor = MAX_ABBREVIATED_KEY }: ProductFilter) {
  return [minPriceMinor, maxPriceMinor] as const;
}

export function postFilterOf(filters: readonly ColumnFilter[]): ColumnFilter['postFilter'] {
  return (some) => filters.reduce((kept, { postFilter }) => postFilter(kept), some);
}

function inRange(column: Column, [lowest, highest]: readonly [number, number]): ColumnFilter {
  const isNarrow = column.countBetween(lowest, highest) < column.capacity * NARROW_PART;
  return {
    preFilter: (ids) => ids.keepBetween(column, lowest, highest),
    postFilter: (some) => {
      const values = column.valuesOf(some.ids);
      return keepIf(some, (at) => values[at]! >= lowest && values[at]! <= highest);
    },
    maxPreFilteredIds: isNarrow ? Infinity : MAX_IDS_BY_PRICE,
  };
}

function isNearby(producers: Column, nearby: NearbyProducers): ColumnFilter {
  return {
    preFilter: (ids) => nearby.filter(ids, producers),
    postFilter: (some) => nearby.storeInL1(some, producers.valuesOf(some.ids)),
    maxPreFilteredIds: MAX_IDS_BY_PRODUCER,
  };
}
