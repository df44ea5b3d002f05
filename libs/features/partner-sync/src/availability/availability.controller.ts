import { CatalogueErrors, ProductPath } from '@catalogue';
import { Controller, Get, Header, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ClientSignal, HttpErrors, NoParameters, Problems } from '@platform/http';
import { RATE_LIMIT_HEADERS, RateLimitErrors } from '@platform/rate-limit';
import type { FastifyRequest } from 'fastify';
import { AvailabilityResponse } from './availability.response';
import { AvailabilityService } from './availability.service';

@ApiTags('Catalogue')
@Controller()
export class AvailabilityController {
  constructor(private readonly availability: AvailabilityService) {}

  @Get('products/:id/availability')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'productsGetAvailability', // generated clients contain the name
    summary: 'Get the current stock of a product',
    description:
      'Requests the stock from the partner. If the partner does not return it in time, or no partner is configured, the ' +
      'response contains the last known stock. ' +
      '`source` and `asOf` state its origin and time.',
  })
  @ApiOkResponse({
    description: 'The current or last known stock',
    type: AvailabilityResponse,
    headers: RATE_LIMIT_HEADERS,
  })
  @Problems(
    HttpErrors.INVALID_PARAMETERS,
    CatalogueErrors.PRODUCT_NOT_FOUND,
    RateLimitErrors.TOO_MANY_REQUESTS,
    CatalogueErrors.CATALOGUE_UNAVAILABLE,
    CatalogueErrors.CATALOGUE_BUSY,
  )
  getAvailability(
    @Param() { id }: ProductPath,
    @Query() _query: NoParameters,
    @Req() request: FastifyRequest,
    @ClientSignal() signal: AbortSignal,
  ): Promise<AvailabilityResponse> {
    return this.availability.get(id, request.id, signal);
  }
}
