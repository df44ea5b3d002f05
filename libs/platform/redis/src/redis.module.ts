import { Global, Module } from '@nestjs/common';
import { OPEN_CONNECTION, openConnection } from './redis-connection.provider';
import { RedisLeases } from './redis-leases.service';
import { RedisMetrics } from './redis-metrics.service';
import { RedisClient } from './redis.client';

/** The one connection of this process to Redis, for all modules; none is needed where none is configured. */
@Global()
@Module({
  providers: [{ provide: OPEN_CONNECTION, useValue: openConnection }, RedisClient, RedisLeases, RedisMetrics],
  exports: [RedisClient, RedisLeases],
})
export class RedisModule {}
