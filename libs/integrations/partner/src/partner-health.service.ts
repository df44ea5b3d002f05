import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { HealthReport, HealthReporter } from '@platform/health';
import { PartnerTries } from './partner-tries.service';

/** What is known here of the partner without asking it. Its absence keeps nothing else from being served. */
@Injectable()
export class PartnerHealth implements HealthReporter {
  readonly healthName = 'partner';

  constructor(
    private readonly config: AppConfig,
    private readonly tries: PartnerTries,
  ) {}

  health(): HealthReport {
    if (this.config.partner === undefined) return { status: 'up', mode: 'none is configured' };
    if (!this.tries.isLeftAlone) return { status: 'up' };
    return { status: 'degraded', reason: 'it fails and is left alone for a while' };
  }
}
