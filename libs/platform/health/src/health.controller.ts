import { Controller, Get, Header, Inject, Query, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { HttpErrors, NoParameters, Problems } from '@platform/http';
import { LimitedBy } from '@platform/rate-limit';
import type { HealthReport, HealthReporter } from './health-report';
import { HealthErrors } from './health.errors';
import { HealthResponse, LiveResponse } from './health.response';
import { ServiceHealth } from './service-health.service';

/** Reporters included in readiness, and those included only in the detailed report. */
export const READINESS_REPORTERS = Symbol('READINESS_REPORTERS');
export const DETAIL_REPORTERS = Symbol('DETAIL_REPORTERS');

type Details = Readonly<Record<string, HealthReport>>;

/** Probes for Kubernetes and operators. No probe waits for an external system. */
@ApiTags('Operation')
@Controller('health')
@LimitedBy('nothing')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly service: ServiceHealth,
    @Inject(READINESS_REPORTERS) private readonly readiness: readonly HealthReporter[],
    @Inject(DETAIL_REPORTERS) private readonly details: readonly HealthReporter[],
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Liveness', description: 'The process responds. Nothing else is checked.' })
  @ApiOkResponse({ description: 'The process responds', type: LiveResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS)
  live(@Query() _none: NoParameters): LiveResponse {
    return { status: 'ok' };
  }

  @Get('startup')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Startup',
    description: 'The service has opened its database and has started to serve requests.',
  })
  @ApiOkResponse({ description: 'The service has started', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  startup(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady({ service: this.service.startup() });
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Readiness',
    description:
      'The service has started, is not shutting down, and its database responds, or an up-to-date replica of it. An unavailable Redis or an excluded replica only makes it `degraded`.',
  })
  @ApiOkResponse({ description: 'The service is ready', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  ready(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady(reportsOf([this.service, ...this.readiness]));
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Detailed health', description: 'Readiness, and the reports on external systems.' })
  @ApiOkResponse({ description: 'The service is ready', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  detail(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady(reportsOf([this.service, ...this.readiness, ...this.details]));
  }

  /** Throws NOT_READY if a component is down. */
  private async assertReady(reports: Details): Promise<HealthResponse> {
    const indicators = Object.entries(reports).map(([name, report]) => () => ({ [name]: report }));
    try {
      const { status } = await this.checks.check(indicators);
      return { status: status === 'degraded' ? 'degraded' : 'ok', details: reports };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw HealthErrors.NOT_READY.create(reports);
    }
  }
}

function reportsOf(parts: readonly HealthReporter[]): Details {
  return Object.fromEntries(parts.map((part) => [part.healthName, part.health()]));
}
