import { Global, Module } from '@nestjs/common';
import { OPEN_CONNECTION, openConnection } from './client/redis-connection.provider';
import { RedisClient } from './client/redis.client';
import { RedisLeases } from './redis-leases.service';
import { RedisMetrics } from './redis-metrics.service';

/** The Redis client of this process, for all modules. Works without a configured Redis. */
@Global()
@Module({
  providers: [{ provide: OPEN_CONNECTION, useValue: openConnection }, RedisClient, RedisLeases, RedisMetrics],
  exports: [RedisClient, RedisLeases],
})
export class RedisModule {}
