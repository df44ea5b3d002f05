import { Injectable } from '@nestjs/common';
import type { HealthReport, HealthReporter } from './health-report';
import { Lifecycle } from './lifecycle.service';

/** Health of the process itself: up after its start until its shutdown begins. */
@Injectable()
export class ServiceHealth implements HealthReporter {
  readonly healthName = 'service';

  constructor(private readonly lifecycle: Lifecycle) {}

  health(): HealthReport {
    const { phase } = this.lifecycle;
    if (phase === 'serving') return { status: 'up', uptimeSeconds: Math.floor(process.uptime()) };
    return { status: 'down', reason: phase === 'starting' ? 'it is starting' : 'it is shutting down' };
  }

  /** Returns `up` once the process has started, even during its shutdown. */
  startup(): HealthReport {
    return this.lifecycle.phase === 'starting' ? this.health() : { status: 'up' };
  }
}
