import { CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { PathPrefix } from '@platform/http';
import { RedisClient } from '@platform/redis';
import { CanonicalUrlCache } from './canonical-url-cache.service';
import { ResponseCache } from './response-cache.service';
import { CacheMetrics } from './cache-metrics.service';
import { CacheHeaders } from './cache-headers.service';
import { CacheVersion } from './cache-version.service';
import { FastPath } from './fast-path.service';
import { L1Responses } from './l1-responses.service';
import { Leases } from './lease.provider';
import { RedisResponses, toRedisStore } from './redis-responses.repository';

/** The response cache for all modules, and the version that its entries depend on. */
@Global()
@Module({
  imports: [
    CacheManagerModule.registerAsync({
      inject: [RedisClient],
      // Keyv has one declaration per module system, and the two are incompatible.
      useFactory: (redis: RedisClient) => ({ stores: [toRedisStore(redis) as never] }),
    }),
  ],
  providers: [
    ResponseCache,
    RedisResponses,
    CacheVersion,
    Leases,
    CacheMetrics,
    CanonicalUrlCache,
    CacheHeaders,
    PathPrefix,
  ],
  exports: [ResponseCache, CacheVersion, CanonicalUrlCache, CacheHeaders],
})
export class CacheModule {}

/** Only for processes with an HTTP server. */
@Module({ providers: [FastPath, L1Responses] })
export class FastPathModule {}
