import { Inject, Injectable } from '@nestjs/common';
import type { HealthReport, HealthReporter } from '@platform/health';
import { RetryingTransport } from './calls/retrying-transport.service';
import { PARTNER_POLICY, type ConfiguredPolicy } from './partner-policy.provider';

/** Reports the state of the circuit breaker, without a request. An outage degrades the service and does not stop it. */
@Injectable()
export class PartnerHealth implements HealthReporter {
  readonly healthName = 'partner';

  constructor(
    private readonly transport: RetryingTransport,
    @Inject(PARTNER_POLICY) private readonly policy: ConfiguredPolicy,
  ) {}

  health(): HealthReport {
    if (this.policy.apiUrl === undefined)
      return { status: 'up', mode: 'not configured; availability is read from the catalogue' };
    if (!this.transport.isCircuitOpen) return { status: 'up' };
    return { status: 'degraded', reason: 'the circuit breaker is open after failures' };
  }
}
