import { Controller, Get, Header, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cached, CACHED_HEADERS, type RouteRequest } from '@platform/cache';
import { ClientSignal, HttpErrors, IntegerParameter, NoParameters, parseParameters, Problems } from '@platform/http';
import { RATE_LIMIT_HEADERS, RateLimitErrors } from '@platform/rate-limit';
import type { FastifyRequest } from 'fastify';
import { AvailabilityResponse } from './availability/availability.response';
import { AvailabilityService } from './availability/availability.service';
import { canonicalUrl } from './canonical-url';
import { CatalogueErrors } from './catalogue.errors';
import { ListProductsQuery } from './list-products.query';
import { toPageLinks } from './page-links';
import { CategoriesResponse, ProductPageResponse, ProductResponse } from './product.response';
import { ProductsService } from './products.service';

const CANNOT_BE_READ = [
  RateLimitErrors.TOO_MANY_REQUESTS,
  CatalogueErrors.CATALOGUE_UNAVAILABLE,
  CatalogueErrors.CATALOGUE_BUSY,
];

const HEADERS = { ...CACHED_HEADERS, ...RATE_LIMIT_HEADERS };

class ProductPath {
  @IntegerParameter({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    required: true,
    description: 'Id of the product',
    example: 1,
  })
  readonly id!: number;
}

@ApiTags('Catalogue')
@Controller()
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly availability: AvailabilityService,
  ) {}

  @Get('products')
  @Cached<ProductPageResponse>({
    canonicalUrlOf: ({ query }) => canonicalUrl(parseParameters(ListProductsQuery, query)),
    headersOf: (address, { pagination }) => {
      const links = toPageLinks(address, pagination);
      return links === undefined ? [] : ['link', links];
    },
  })
  @ApiOperation({
    summary: 'List products',
    description: 'Pages, sorted, searched and filtered. Every parameter is optional and all of them combine.',
  })
  @ApiOkResponse({
    description: 'A page, and where its neighbours are',
    type: ProductPageResponse,
    headers: {
      ...HEADERS,
      Link: { description: 'RFC 8288: `next`, `prev`, `first`, as many as fit into 2 KB', schema: { type: 'string' } },
    },
  })
  @Problems(
    HttpErrors.INVALID_PARAMETERS,
    CatalogueErrors.INVALID_CURSOR,
    CatalogueErrors.PAGE_TOO_DEEP,
    HttpErrors.ADDRESS_TOO_LONG,
    ...CANNOT_BE_READ,
  )
  list(@Query() query: ListProductsQuery): Promise<ProductPageResponse> {
    return this.products.list(query);
  }

  @Get('products/:id')
  @Cached({
    canonicalUrlOf: (asked) => `/products/${parseParameters(ProductPath, asked.params).id}${nothingIn(asked)}`,
  })
  @ApiOperation({ summary: 'Get one product' })
  @ApiOkResponse({ description: 'The product', type: ProductResponse, headers: HEADERS })
  @Problems(HttpErrors.INVALID_PARAMETERS, CatalogueErrors.PRODUCT_NOT_FOUND, ...CANNOT_BE_READ)
  get(@Param() { id }: ProductPath, @Query() _none: NoParameters): Promise<ProductResponse> {
    return this.products.get(id);
  }

  @Get('products/:id/availability')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'How many there are of a product',
    description: 'Asked of the partner; where it does not answer in time, the last known figure, with its age.',
  })
  @ApiOkResponse({ description: 'The best that is known', type: AvailabilityResponse, headers: RATE_LIMIT_HEADERS })
  @Problems(HttpErrors.INVALID_PARAMETERS, CatalogueErrors.PRODUCT_NOT_FOUND, ...CANNOT_BE_READ)
  getAvailability(
    @Param() { id }: ProductPath,
    @Query() _none: NoParameters,
    @Req() request: FastifyRequest,
    @ClientSignal() signal: AbortSignal,
  ): Promise<AvailabilityResponse> {
    return this.availability.get(id, request.id, signal);
  }

  @Get('categories')
  @Cached({ canonicalUrlOf: (asked) => `/categories${nothingIn(asked)}` })
  @ApiOperation({ summary: 'List categories, with how many products each has' })
  @ApiOkResponse({ description: 'All categories', type: CategoriesResponse, headers: HEADERS })
  @Problems(HttpErrors.INVALID_PARAMETERS, ...CANNOT_BE_READ)
  listCategories(@Query() _none: NoParameters): Promise<CategoriesResponse> {
    return this.products.listCategories();
  }
}

/** Nothing, for a query in which nothing may be; else throws INVALID_PARAMETERS. */
function nothingIn({ query }: RouteRequest): '' {
  parseParameters(NoParameters, query);
  return '';
}
