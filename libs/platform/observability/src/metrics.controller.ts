import { Controller, Get, Header, Headers, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { acceptsAny, HttpErrors, NoParameters, preferredOf, Problems, Produces, setHeaders } from '@platform/http';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { MetricsTokenGuard } from './metrics-token.guard';
import { MetricsErrors } from './metrics.errors';
import { OPEN_METRICS_TYPE, toOpenMetrics } from './open-metrics';
import { exposeMetrics } from './process-metrics.provider';
import { MetricsResponse } from './metrics.response';

/** In order of preference. Prometheus servers request the text formats explicitly. */
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
    description:
      'JSON by default. If `Accept` prefers another type: Prometheus text if it allows `text/plain`, else OpenMetrics.',
  })
  @ApiExtraModels(MetricsResponse)
  @ApiOkResponse({
    description: 'Metrics since the start of the process',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(MetricsResponse) } },
      'text/plain': { schema: { type: 'string' } },
      'application/openmetrics-text': { schema: { type: 'string' } },
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
    // Prometheus servers accept both formats, and some series would have other labels in OpenMetrics.
    const isText = acceptsAny(accept, ['text/plain']);
    reply.type(isText ? this.registry.contentType : OPEN_METRICS_TYPE);
    return isText ? exposition : toOpenMetrics(exposition);
  }
}

function currentMetrics(): MetricsResponse {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { uptime: process.uptime(), memory: { rss, heapTotal, heapUsed }, timestamp: new Date().toISOString() };
}
