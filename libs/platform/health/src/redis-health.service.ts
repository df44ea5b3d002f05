import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { RedisClient } from '@platform/redis';
import type { HealthReport, HealthReporter } from './health-report';

/** Nothing is lost without Redis but what processes share, so it never keeps the service from being ready. */
@Injectable()
export class RedisHealth implements HealthReporter {
  readonly healthName = 'redis';

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisClient,
  ) {}

  health(): HealthReport {
    if (this.config.redis === undefined)
      return { status: 'up', mode: 'none is configured; each process is on its own' };
    const { problem } = this.redis;
    if (problem === undefined) return { status: 'up' };
    const reason = this.redis.isAvailable ? problem : `${problem}; limits and cache are those of each process`;
    return { status: 'degraded', reason };
  }
}
