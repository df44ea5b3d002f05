/**
 * The query parameters of GET /products with their limits, and `toListing`, which converts them to the canonical form
 * that all other code uses.
 */
import { IntersectionType } from '@nestjs/swagger';
import { ChoiceParameter, IntegerParameter, Rule, TextParameter } from '@platform/http';
import { filterParameters, readFilter, type FilterParameters } from '../filters/product-filters';
import { ListErrors, MAX_OFFSET } from '../query/list.errors';
import type { ProductListing, ProductSort, SortOrder, TotalAccuracy } from '../query/product-listing';

type Parameters = Partial<ListProductsQuery>;

class PageParameters {
  @IntegerParameter({ min: 1, max: 100, default: 20, description: 'Maximum number of products per page', example: 10 })
  readonly limit: number = 20;

  @Rule('conflict', (_, all: Parameters) => all.cursor === undefined, () => 'page and cursor cannot be combined')
  @IntegerParameter({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    description: `Page number, starting at 1. The offset, (page − 1) × limit, must not exceed ${MAX_OFFSET}. Cannot be combined with \`cursor\`.`,
  })
  readonly page?: number;

  @TextParameter({
    maxLength: 4_096,
    description:
      '`nextCursor` or `previousCursor` of an earlier response. Requires the same filters, sort and order as that request. ' +
      'Cannot be combined with `page`.',
  })
  readonly cursor?: string;

  @Rule(
    'needs-search',
    (sort, all: Parameters) => sort !== 'relevance' || all.search !== undefined,
    () => 'sort=relevance requires search',
  )
  @Rule(
    'needs-near',
    (sort, all: Parameters) => sort !== 'distance' || all.near !== undefined,
    () => 'sort=distance requires near',
  )
  @ChoiceParameter({
    choices: ['price', 'name', 'createdAt', 'relevance', 'distance'],
    description:
      'Sort key. Default: `relevance` with `search`, otherwise `createdAt`. `relevance` requires `search` and ' +
      'ranks products whose name matches all words first; ties are newest first. `distance` requires `near`.',
    example: 'price',
  })
  readonly sort?: ProductSort;

  @Rule(
    'conflict',
    (_, all: Parameters) => sortOf(all) !== 'relevance',
    () => 'order cannot be combined with sort=relevance, which is the default with search',
  )
  @ChoiceParameter({
    choices: ['asc', 'desc'],
    description:
      'Sort direction. Default: `asc` for `price`, `name` and `distance`, `desc` for `createdAt`. ' +
      'Cannot be combined with `relevance`.',
    example: 'asc',
  })
  readonly order?: SortOrder;

  @ChoiceParameter({
    choices: ['none', 'estimated', 'exact'],
    default: 'estimated',
    description:
      'Accuracy of `total`. `estimated` never slows a page down. `exact` counts all matches, but returns a lower bound if ' +
      'counting takes too long. `none` omits the total.',
  })
  readonly count: TotalAccuracy = 'estimated';
}

/** The parameters of the page and of all filters. */
export type ListProductsQuery = PageParameters & FilterParameters;

/** A constant, because a subclass would add an inheritance level, whose rules validation collects at each request. */
export const ListProductsQuery = IntersectionType(PageParameters, ...filterParameters) as new () => ListProductsQuery;

/**
 * `?category=fruits&minPrice=1.5` → `{ filter: { categories: ['fruits'], minPriceMinor: 150, … }, page: 1, … }`. Throws
 * PAGE_TOO_DEEP.
 */
export function toListing(query: ListProductsQuery): ProductListing {
  const sort = sortOf(query);
  const page = query.page ?? 1;
  if ((page - 1) * query.limit > MAX_OFFSET) throw ListErrors.PAGE_TOO_DEEP.create(page, query.limit);
  return {
    filter: readFilter(query),
    sort,
    order: query.order ?? defaultOrder(sort),
    limit: query.limit,
    page,
    count: query.count,
  };
}

function sortOf({ sort, search }: Parameters): ProductSort {
  return sort ?? defaultSort(search);
}

export function defaultSort(search: string | undefined): ProductSort {
  return search === undefined ? 'createdAt' : 'relevance';
}

export function defaultOrder(sort: ProductSort): SortOrder {
  return sort === 'createdAt' || sort === 'relevance' ? 'desc' : 'asc';
}
