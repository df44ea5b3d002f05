export { redisKey } from './redis-keys';
export { RedisClient, type RedisScript } from './redis.client';
export { RedisModule } from './redis.module';
