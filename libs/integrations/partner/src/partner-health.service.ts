import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { HealthReport, HealthReporter } from '@platform/health';
import { RetryingTransport } from './retrying-transport.service';

/** Reports the state of the circuit breaker, without a request. An outage degrades the service and does not stop it. */
@Injectable()
export class PartnerHealth implements HealthReporter {
  readonly healthName = 'partner';

  constructor(
    private readonly config: AppConfig,
    private readonly transport: RetryingTransport,
  ) {}

  health(): HealthReport {
    if (this.config.partner === undefined)
      return { status: 'up', mode: 'not configured; availability is read from the catalogue' };
    if (!this.transport.isCircuitOpen) return { status: 'up' };
    return { status: 'degraded', reason: 'the circuit breaker is open after failures' };
  }
}
