/**
 * The query parameters of GET /products with their limits, and `toListing`, which converts them to the canonical form
 * that all other code uses.
 */
import {
  AmountParameter,
  BooleanParameter,
  ChoiceParameter,
  CoordinatesParameter,
  IntegerParameter,
  ListParameter,
  Rule,
  TextParameter,
  type Coordinates,
} from '@platform/http';
import { MAX_PRICE, isCategorySlug, toCategorySlug, toSearchTerms } from '@catalogue';
import { ListErrors, MAX_OFFSET } from '../list/list.errors';
import type { ProductListing, ProductSort, SortOrder, TotalAccuracy } from '../list/product-listing';

export const MAX_SEARCH_LENGTH = 100;
const MAX_TERMS = 8;
const DEFAULT_RADIUS_KM = 25;

type Parameters = Partial<ListProductsQuery>;

export class ListProductsQuery {
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

  @Rule(
    'too-many-words',
    (search) => toSearchTerms(String(search)).length <= MAX_TERMS,
    () => `search accepts at most ${MAX_TERMS} words`,
  )
  @Rule(
    'no-words',
    (search) => toSearchTerms(String(search)).length > 0,
    () => 'search must contain at least one letter or digit',
  )
  @TextParameter({
    maxLength: MAX_SEARCH_LENGTH,
    description: `Up to ${MAX_TERMS} words. Each must be a prefix of a word in the name or description: \`tom\` matches Tomato. Case, accents and punctuation are ignored.`,
    example: 'tomato',
  })
  readonly search?: string;

  @ListParameter({
    maxItems: 20,
    read: (text) => toCategorySlug(text) || text,
    accepts: isCategorySlug,
    what: 'slugs such as fruits or dairy-eggs (see GET /categories)',
    description:
      'Category slugs from `GET /categories`, comma-separated or as a repeated parameter. Matches products in any of them.',
    example: ['vegetables'],
  })
  readonly category: readonly string[] = [];

  @Rule(
    'conflict',
    (min, all: Parameters) => typeof all.maxPrice !== 'number' || Number(min) <= all.maxPrice,
    () => 'minPrice must not exceed maxPrice',
  )
  @AmountParameter({
    min: 0,
    max: MAX_PRICE,
    description: 'Minimum price, inclusive, in major units; currencies are not converted',
  })
  readonly minPrice?: number;

  @AmountParameter({
    min: 0,
    max: MAX_PRICE,
    description: 'Maximum price, inclusive, in major units; currencies are not converted',
  })
  readonly maxPrice?: number;

  @BooleanParameter({ description: '`true`: only products in stock; `false`: only products out of stock' })
  readonly inStock?: boolean;

  @IntegerParameter({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'Only products of the producer with this id' })
  readonly producerId?: number;

  @CoordinatesParameter({
    description:
      'Latitude and longitude in degrees (WGS 84). Matches products whose producer is within `radiusKm`; ' +
      'each of them has a `distanceKm`.',
    example: '19.99,73.78',
  })
  readonly near?: Coordinates;

  @Rule('needs-near', (_, all: Parameters) => all.near !== undefined, () => 'radiusKm requires near')
  @AmountParameter({
    min: 0.1,
    max: 500,
    description: `Radius around \`near\` in kilometres; the default is ${DEFAULT_RADIUS_KM}`,
  })
  readonly radiusKm?: number;

  @ChoiceParameter({
    choices: ['none', 'estimated', 'exact'],
    default: 'estimated',
    description:
      'Accuracy of `total`. `estimated` never slows a page down. `exact` counts all matches, but returns a lower bound if ' +
      'counting takes too long. `none` omits the total.',
  })
  readonly count: TotalAccuracy = 'estimated';
}

/**
 * `?category=fruits&minPrice=1.5` → `{ filter: { categories: ['fruits'], minPriceMinor: 150, … }, page: 1, … }`. Throws
 * PAGE_TOO_DEEP.
 */
export function toListing(query: ListProductsQuery): ProductListing {
  const sort = sortOf(query);
  const page = query.page ?? 1;
  if ((page - 1) * query.limit > MAX_OFFSET) throw ListErrors.PAGE_TOO_DEEP.create(page, query.limit);
  return {
    filter: {
      terms: query.search === undefined ? [] : toSearchTerms(query.search),
      categories: query.category.toSorted(),
      minPriceMinor: toMinor(query.minPrice),
      maxPriceMinor: toMinor(query.maxPrice),
      inStock: query.inStock,
      producerId: query.producerId,
      near: query.near && { ...query.near, radiusKm: query.radiusKm ?? DEFAULT_RADIUS_KM },
    },
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

/** In binary, 129.57 × 100 is 12956.999…; rounding restores the two decimals that a client may send. */
function toMinor(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(amount * 100);
}
