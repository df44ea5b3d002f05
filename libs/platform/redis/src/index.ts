export type { RedisKeyOf } from './redis-keys';
export { RedisLeases } from './redis-leases.service';
export type { RedisScript } from './redis-script.provider';
export { RedisClient } from './redis.client';
export { RedisModule } from './redis.module';
