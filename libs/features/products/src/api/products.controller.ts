import { CatalogueErrors, ProductPath } from '@catalogue';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cached, CACHED_HEADERS, type RouteRequest } from '@platform/cache';
import { HttpErrors, NoParameters, parseParameters, Problems } from '@platform/http';
import { RATE_LIMIT_HEADERS, RateLimitErrors } from '@platform/rate-limit';
import { ListErrors } from '../query/list.errors';
import { canonicalUrl } from './canonical-url';
import { ListProductsQuery } from './list-products.query';
import { toPageLinks } from './page-links';
import { CategoriesResponse, ProductPageResponse, ProductResponse } from './product.response';
import { ProductsService } from './products.service';

const READ_ERRORS = [
  RateLimitErrors.TOO_MANY_REQUESTS,
  CatalogueErrors.CATALOGUE_UNAVAILABLE,
  CatalogueErrors.CATALOGUE_BUSY,
];

const HEADERS = { ...CACHED_HEADERS, ...RATE_LIMIT_HEADERS };

@ApiTags('Catalogue')
@Controller()
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get('products')
  @Cached<ProductPageResponse>({
    canonicalUrlOf: ({ query }) => canonicalUrl(parseParameters(ListProductsQuery, query)),
    headersOf: (url, { pagination }) => {
      const links = toPageLinks(url, pagination);
      return links === undefined ? [] : ['link', links];
    },
  })
  @ApiOperation({
    summary: 'List products',
    description:
      'Searches, filters and sorts the catalogue, and returns one page of the result. All parameters are optional and can be ' +
      'combined unless stated otherwise. Use `cursor` to read many pages: its cost does not depend on the depth.',
  })
  @ApiOkResponse({
    description: 'A page of products, with cursors of the next and previous page',
    type: ProductPageResponse,
    headers: {
      ...HEADERS,
      Link: {
        description: 'Links to the `next`, `prev` and `first` page (RFC 8288), as many as fit into 2 KB',
        schema: { type: 'string' },
      },
    },
  })
  @Problems(
    HttpErrors.INVALID_PARAMETERS,
    ListErrors.INVALID_CURSOR,
    ListErrors.PAGE_TOO_DEEP,
    HttpErrors.ADDRESS_TOO_LONG,
    ...READ_ERRORS,
  )
  list(@Query() query: ListProductsQuery): Promise<ProductPageResponse> {
    return this.products.list(query);
  }

  @Get('products/:id')
  @Cached({
    canonicalUrlOf: (request) => `/products/${parseParameters(ProductPath, request.params).id}${emptyQueryOf(request)}`,
  })
  @ApiOperation({ summary: 'Get a product', description: 'Returns one product of the catalogue.' })
  @ApiOkResponse({ description: 'The product', type: ProductResponse, headers: HEADERS })
  @Problems(HttpErrors.INVALID_PARAMETERS, CatalogueErrors.PRODUCT_NOT_FOUND, ...READ_ERRORS)
  get(@Param() { id }: ProductPath, @Query() _query: NoParameters): Promise<ProductResponse> {
    return this.products.get(id);
  }

  @Get('categories')
  @Cached({ canonicalUrlOf: (request) => `/categories${emptyQueryOf(request)}` })
  @ApiOperation({
    summary: 'List categories with their product counts',
    description: 'Returns every category with its slug, which `category` of `GET /products` accepts.',
  })
  @ApiOkResponse({
    description: 'All categories with their product counts',
    type: CategoriesResponse,
    headers: HEADERS,
  })
  @Problems(HttpErrors.INVALID_PARAMETERS, ...READ_ERRORS)
  listCategories(@Query() _query: NoParameters): Promise<CategoriesResponse> {
    return this.products.listCategories();
  }
}

/** Returns an empty query string. Throws INVALID_PARAMETERS if the query has parameters. */
function emptyQueryOf({ query }: RouteRequest): '' {
  parseParameters(NoParameters, query);
  return '';
}
