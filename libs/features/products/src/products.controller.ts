import { Controller, Get, Header, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpErrors, IntegerParameter, NoParameters, Problems } from '@platform/http';
import { CatalogueErrors } from './catalogue.errors';
import { ListProductsQuery } from './list-products.query';
import { PageLinksInterceptor } from './page-links.interceptor';
import { CategoriesResponse, ProductPageResponse, ProductResponse } from './product.response';
import { ProductsService } from './products.service';

/** A minute fresh; for ten more shown while the new answer is fetched; for a day when there is none to be had. */
const PUBLIC_FOR_A_MINUTE = 'public, max-age=60, stale-while-revalidate=600, stale-if-error=86400';

const CANNOT_BE_READ = [CatalogueErrors.CATALOGUE_UNAVAILABLE, CatalogueErrors.CATALOGUE_BUSY];

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
  constructor(private readonly products: ProductsService) {}

  @Get('products')
  @Header('Cache-Control', PUBLIC_FOR_A_MINUTE)
  @UseInterceptors(PageLinksInterceptor)
  @ApiOperation({
    summary: 'List products',
    description: 'Pages, sorted, searched and filtered. Every parameter is optional and all of them combine.',
  })
  @ApiOkResponse({
    type: ProductPageResponse,
    headers: { Link: { description: 'RFC 8288: `first`, `prev`, `next`', schema: { type: 'string' } } },
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
  @Header('Cache-Control', PUBLIC_FOR_A_MINUTE)
  @ApiOperation({ summary: 'Get one product' })
  @ApiOkResponse({ type: ProductResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, CatalogueErrors.PRODUCT_NOT_FOUND, ...CANNOT_BE_READ)
  get(@Param() { id }: ProductPath, @Query() _none: NoParameters): Promise<ProductResponse> {
    return this.products.get(id);
  }

  @Get('categories')
  @Header('Cache-Control', PUBLIC_FOR_A_MINUTE)
  @ApiOperation({ summary: 'List categories, with how many products each has' })
  @ApiOkResponse({ type: CategoriesResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, ...CANNOT_BE_READ)
  listCategories(@Query() _none: NoParameters): Promise<CategoriesResponse> {
    return this.products.listCategories();
  }
}
