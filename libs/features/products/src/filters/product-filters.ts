/** The list of all filters. A new filter is one file and one line here. */
import { categoryFilter } from './category.filter';
import { createdFilter } from './created.filter';
import type { Condition, UrlParameters } from './filter';
import { inStockFilter } from './in-stock.filter';
import { nearFilter } from './near.filter';
import { priceFilter } from './price.filter';
import { producerFilter } from './producer.filter';
import { searchFilter } from './search.filter';

/** In the order of the canonical URL. Cursors contain a hash of the values in this order, so new filters come last. */
const FILTERS = [
  searchFilter,
  categoryFilter,
  priceFilter,
  inStockFilter,
  producerFilter,
  nearFilter,
  createdFilter,
] as const;

type All = (typeof FILTERS)[number];
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The query parameters of all filters. */
export type FilterParameters = Intersection<InstanceType<All['parameters']>>;

/** The classes that declare them. */
export const filterParameters: readonly (new () => object)[] = FILTERS.map(({ parameters }) => parameters);

/** The canonical values of all filters. */
export type ProductFilter = Intersection<ReturnType<All['read']>>;

/** `?minPrice=1.5` → `{ terms: [], categories: [], minPriceMinor: 150, … }`. */
export function readFilter(query: FilterParameters): ProductFilter {
  const values = {};
  for (const filter of FILTERS) Object.assign(values, filter.read(query));
  return values as ProductFilter;
}

const NO_PARAMETERS = Object.assign({}, ...filterParameters.map((parameters) => new parameters())) as FilterParameters;

export const NO_FILTER: ProductFilter = readFilter(NO_PARAMETERS);

/** Returns the query parameters of each filter. */
export function urlParametersOf(filter: ProductFilter, query: FilterParameters): UrlParameters[] {
  return FILTERS.map((each) => each.toParameters(filter, query));
}

/** Returns the conditions of the filters that restrict the list; a product must meet all of them. */
export function conditionsOf(filter: ProductFilter): Condition[] {
  const conditions: Condition[] = [];
  for (const each of FILTERS) {
    const condition = each.conditionOf(filter);
    if (condition !== undefined) conditions.push(condition);
  }
  return conditions;
}
