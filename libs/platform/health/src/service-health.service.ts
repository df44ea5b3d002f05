import { Injectable } from '@nestjs/common';
import type { HealthReport, HealthReporter } from './health-report';
import { Lifecycle } from './lifecycle.service';

/** The process itself: not before it has started, and not once it is about to end. */
@Injectable()
export class ServiceHealth implements HealthReporter {
  readonly healthName = 'service';

  constructor(private readonly lifecycle: Lifecycle) {}

  health(): HealthReport {
    const { phase } = this.lifecycle;
    if (phase === 'serving') return { status: 'up', uptimeSeconds: Math.floor(process.uptime()) };
    return { status: 'down', reason: phase === 'starting' ? 'it is starting' : 'it is about to end' };
  }

  /** Whether it has started, whatever became of it since. */
  startup(): HealthReport {
    return this.lifecycle.phase === 'starting' ? this.health() : { status: 'up' };
  }
}
