import { Controller, Get, Header, Headers, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { HttpErrors, NoParameters, Problems } from '@platform/http';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { MetricsResponse } from './metrics.response';

/** What a Prometheus server asks for, in its own format or in OpenMetrics. */
const EXPOSITION = /(?:^|,)\s*(?:text\/plain|application\/openmetrics-text)\b/i;

@ApiTags('Operation')
@Controller()
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  @Header('Vary', 'Accept')
  @ApiOperation({
    summary: 'Metrics',
    description: 'In the exposition format of Prometheus where `Accept` asks for `text/plain` or OpenMetrics.',
  })
  @ApiExtraModels(MetricsResponse)
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(MetricsResponse) } },
      'text/plain': { schema: { type: 'string' } },
    },
  })
  @Problems(HttpErrors.INVALID_PARAMETERS)
  async get(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() _none: NoParameters,
  ): Promise<MetricsResponse | string> {
    if (accept === undefined || !EXPOSITION.test(accept)) return currentMetrics();
    reply.type(this.registry.contentType);
    return this.registry.metrics();
  }
}

function currentMetrics(): MetricsResponse {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { uptime: process.uptime(), memory: { rss, heapTotal, heapUsed }, timestamp: new Date().toISOString() };
}
