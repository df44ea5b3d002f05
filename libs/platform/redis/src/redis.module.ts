import { Global, Module } from '@nestjs/common';
import { RedisMetrics } from './redis-metrics.service';
import { RedisClient } from './redis.client';

/** The one connection of this process to Redis, for all modules; none is needed where none is configured. */
@Global()
@Module({ providers: [RedisClient, RedisMetrics], exports: [RedisClient] })
export class RedisModule {}
