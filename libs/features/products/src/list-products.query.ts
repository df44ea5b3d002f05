/**
 * What may be asked of GET /products: the parameters as a client writes them, each with its limits,
 * and `toListing`, which makes the one canonical form that everything behind it works with.
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
import { isCategorySlug, toCategorySlug } from './category-slug';
import { CatalogueErrors, MAX_OFFSET } from './catalogue.errors';
import type { ProductListing, ProductSort, SortOrder, TotalAccuracy } from './product-listing';
import { MAX_PRICE } from './product-draft';
import { toSearchTerms } from './search-terms';

export const MAX_SEARCH_LENGTH = 100;
const MAX_TERMS = 8;
const DEFAULT_RADIUS_KM = 25;

type Parameters = Partial<ListProductsQuery>;

export class ListProductsQuery {
  @IntegerParameter({ min: 1, max: 100, default: 20, description: 'Products a page', example: 10 })
  readonly limit: number = 20;

  @Rule('conflict', (_, all: Parameters) => all.cursor === undefined, () => 'page and cursor cannot be used together')
  @IntegerParameter({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    description: `Page number, from 1; the offset is at most ${MAX_OFFSET}. Not together with \`cursor\``,
  })
  readonly page?: number;

  @TextParameter({
    maxLength: 4_096,
    description: 'A `nextCursor` or `previousCursor` of an earlier answer to the same query',
  })
  readonly cursor?: string;

  @Rule(
    'needs-search',
    (sort, all: Parameters) => sort !== 'relevance' || all.search !== undefined,
    () => 'sort=relevance needs search',
  )
  @Rule(
    'needs-near',
    (sort, all: Parameters) => sort !== 'distance' || all.near !== undefined,
    () => 'sort=distance needs near',
  )
  @ChoiceParameter({
    choices: ['price', 'name', 'createdAt', 'relevance', 'distance'],
    description:
      'Default: `relevance` with `search`, else `createdAt`. `relevance` needs `search`, `distance` needs `near`',
    example: 'price',
  })
  readonly sort?: ProductSort;

  @Rule(
    'conflict',
    (_, all: Parameters) => sortOf(all) !== 'relevance',
    () => 'order cannot be used with sort=relevance, which is the default with search',
  )
  @ChoiceParameter({
    choices: ['asc', 'desc'],
    description: 'Default: `asc` for price, name and distance, `desc` for createdAt. Not with `relevance`',
    example: 'asc',
  })
  readonly order?: SortOrder;

  @Rule(
    'too-many-words',
    (search) => toSearchTerms(String(search)).length <= MAX_TERMS,
    () => `search takes at most ${MAX_TERMS} words`,
  )
  @Rule(
    'no-words',
    (search) => toSearchTerms(String(search)).length > 0,
    () => 'search needs at least one letter or digit',
  )
  @TextParameter({
    maxLength: MAX_SEARCH_LENGTH,
    description: `Up to ${MAX_TERMS} words; each must begin some word of name or description. Case, accents and punctuation do not count`,
    example: 'tomato',
  })
  readonly search?: string;

  @ListParameter({
    maxItems: 20,
    read: (text) => toCategorySlug(text) || text,
    accepts: isCategorySlug,
    what: 'slugs such as fruits or dairy-eggs (see /categories)',
    description: 'Slugs, comma-separated or repeated; products of any of them',
    example: ['vegetables'],
  })
  readonly category: readonly string[] = [];

  @Rule(
    'conflict',
    (min, all: Parameters) => typeof all.maxPrice !== 'number' || Number(min) <= all.maxPrice,
    () => 'minPrice must not be above maxPrice',
  )
  @AmountParameter({ min: 0, max: MAX_PRICE, description: 'Lowest price, inclusive, in major units' })
  readonly minPrice?: number;

  @AmountParameter({ min: 0, max: MAX_PRICE, description: 'Highest price, inclusive, in major units' })
  readonly maxPrice?: number;

  @BooleanParameter({ description: '`true`: stock above zero; `false`: none left' })
  readonly inStock?: boolean;

  @IntegerParameter({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'Products of one producer' })
  readonly producerId?: number;

  @CoordinatesParameter({
    description:
      'Latitude and longitude in degrees: only products whose producer is within `radiusKm`, with `distanceKm`',
    example: '19.99,73.78',
  })
  readonly near?: Coordinates;

  @Rule('needs-near', (_, all: Parameters) => all.near !== undefined, () => 'radiusKm needs near')
  @AmountParameter({
    min: 0.1,
    max: 500,
    description: `Radius around \`near\`; ${DEFAULT_RADIUS_KM} where it is not given`,
  })
  readonly radiusKm?: number;

  @ChoiceParameter({
    choices: ['none', 'estimated', 'exact'],
    default: 'estimated',
    description: 'How the total is found; `estimated` never makes a page slow',
  })
  readonly count: TotalAccuracy = 'estimated';
}

/** Throws PAGE_TOO_DEEP. */
export function toListing(query: ListProductsQuery): ProductListing {
  const sort = sortOf(query);
  const page = query.page ?? 1;
  if ((page - 1) * query.limit > MAX_OFFSET) throw CatalogueErrors.PAGE_TOO_DEEP.create(page, query.limit);
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

/** 129.57 × 100 is 12956.999… in binary; the two decimals a client may send survive the rounding. */
function toMinor(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(amount * 100);
}
