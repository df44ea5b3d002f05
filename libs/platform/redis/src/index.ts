export { RedisClient } from './client/redis.client';
export type { RedisKeyOf } from './redis-keys';
export { RedisLeases } from './redis-leases.service';
export type { RedisScript } from './redis-script.provider';
export { RedisModule } from './redis.module';
