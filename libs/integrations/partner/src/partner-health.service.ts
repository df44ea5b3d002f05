import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { HealthReport, HealthReporter } from '@platform/health';
import { RetryingTransport } from './retrying-transport.service';

/** What is known here of the partner without asking it. Its absence keeps nothing else from being served. */
@Injectable()
export class PartnerHealth implements HealthReporter {
  readonly healthName = 'partner';

  constructor(
    private readonly config: AppConfig,
    private readonly transport: RetryingTransport,
  ) {}

  health(): HealthReport {
    if (this.config.partner === undefined) return { status: 'up', mode: 'none is configured' };
    if (!this.transport.isCircuitOpen) return { status: 'up' };
    return { status: 'degraded', reason: 'it fails and is left alone for a while' };
  }
}
