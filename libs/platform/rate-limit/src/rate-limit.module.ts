import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClientAddressesModule } from './client/client-addresses.module';
import { RateLimitGuard } from './rate-limit.guard';
import { RateLimiter } from './rate-limiter.service';
import { RedisThrottlerStorage } from './redis-throttler.storage';

/** Limits the requests of each client, with the first guard of every route. */
@Global()
@Module({
  imports: [ClientAddressesModule],
  providers: [RedisThrottlerStorage, RateLimiter, { provide: APP_GUARD, useClass: RateLimitGuard }],
  exports: [RateLimiter],
})
export class RateLimitModule {}
