import { Controller, Get, Header, Inject, Query, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { HttpErrors, NoParameters, Problems } from '@platform/http';
import { LimitedBy } from '@platform/rate-limit';
import type { HealthReport, HealthReporter } from './health-report';
import { HealthErrors } from './health.errors';
import { HealthResponse, LiveResponse } from './health.response';
import { ServiceHealth } from './service-health.service';

/** Parts that readiness tells of, and those that only the detail tells of. */
export const READINESS_REPORTERS = Symbol('what is told with readiness');
export const DETAIL_REPORTERS = Symbol('what is told in detail');

type Details = Readonly<Record<string, HealthReport>>;

/** For Kubernetes and operators. No probe waits for anything outside of this process. */
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
  @ApiOperation({ summary: 'Liveness', description: 'The process answers. Looks at nothing else.' })
  @ApiOkResponse({ description: 'It lives', type: LiveResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS)
  live(@Query() _none: NoParameters): LiveResponse {
    return { status: 'ok' };
  }

  @Get('startup')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Startup', description: 'It has reached its database and has begun to serve.' })
  @ApiOkResponse({ description: 'Yes', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  startup(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady({ service: this.service.startup() });
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Readiness',
    description:
      'It has started, is not about to end, and its database answers, or replicas of it that show nothing old. A lost Redis, or a replica that is left out, only makes it `degraded`.',
  })
  @ApiOkResponse({ description: 'Yes', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  ready(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady(reportsOf([this.service, ...this.readiness]));
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Health in detail', description: 'Readiness, and what else is known of the outside.' })
  @ApiOkResponse({ description: 'Yes', type: HealthResponse })
  @Problems(HttpErrors.INVALID_PARAMETERS, HealthErrors.NOT_READY)
  detail(@Query() _none: NoParameters): Promise<HealthResponse> {
    return this.assertReady(reportsOf([this.service, ...this.readiness, ...this.details]));
  }

  /** Throws NOT_READY where a part is down. */
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
