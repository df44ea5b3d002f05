import { Controller, Get, Header, Headers, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { HttpErrors, NoParameters, preferredOf, Problems, Produces, setHeaders } from '@platform/http';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { MetricsTokenGuard } from './metrics-token.guard';
import { MetricsErrors } from './metrics.errors';
import { exposeMetrics } from './process-metrics.provider';
import { MetricsResponse } from './metrics.response';

/** In the order of our preference; a Prometheus server asks for one of the others, by name. */
const TYPES = ['application/json', 'text/plain', 'application/openmetrics-text'] as const;

@ApiTags('Operation')
@Controller()
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get('metrics')
  @UseGuards(MetricsTokenGuard)
  @Produces(...TYPES)
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Metrics',
    description: 'In the exposition format of Prometheus where `Accept` asks for `text/plain` or OpenMetrics.',
  })
  @ApiExtraModels(MetricsResponse)
  @ApiOkResponse({
    description: 'What was counted since the start',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(MetricsResponse) } },
      'text/plain': { schema: { type: 'string' } },
    },
  })
  @Problems(
    HttpErrors.INVALID_PARAMETERS,
    MetricsErrors.METRICS_TOKEN_REQUIRED,
    HttpErrors.NOT_ACCEPTABLE,
    HttpErrors.UNAVAILABLE,
  )
  async get(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() _none: NoParameters,
  ): Promise<MetricsResponse | string> {
    setHeaders(reply, ['vary', 'Accept']);
    if (preferredOf(accept, TYPES) === 'application/json') return currentMetrics();
    const exposition = await exposeMetrics(this.registry);
    if (exposition === undefined) throw HttpErrors.UNAVAILABLE.create();
    reply.type(this.registry.contentType);
    return exposition;
  }
}

function currentMetrics(): MetricsResponse {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { uptime: process.uptime(), memory: { rss, heapTotal, heapUsed }, timestamp: new Date().toISOString() };
}
