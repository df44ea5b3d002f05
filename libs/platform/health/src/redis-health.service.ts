import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { RedisClient } from '@platform/redis';
import type { HealthReport, HealthReporter } from './health-report';

/** Never `down`: without Redis the service stays ready and only loses shared state. */
@Injectable()
export class RedisHealth implements HealthReporter {
  readonly healthName = 'redis';

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisClient,
  ) {}

  health(): HealthReport {
    if (this.config.redis === undefined)
      return { status: 'up', mode: 'not configured; limits and cache are local to each process' };
    const { problem } = this.redis;
    if (problem === undefined) return { status: 'up' };
    const reason = this.redis.isAvailable ? problem : `${problem}; limits and cache are local to each process`;
    return { status: 'degraded', reason };
  }
}
