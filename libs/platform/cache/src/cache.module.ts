import { CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { PathPrefix } from '@platform/http';
import { RedisClient } from '@platform/redis';
import { CacheMetrics } from './cache-metrics.service';
import { CacheVersion } from './cache-version.service';
import { CacheHeaders } from './http/cache-headers.service';
import { CanonicalUrlCache } from './http/canonical-url-cache.service';
import { FastPath } from './http/fast-path.service';
import { L1Responses } from './http/l1-responses.service';
import { ResponseCache } from './response-cache.service';
import { Leases } from './store/lease.provider';
import { RedisResponses, toRedisStore } from './store/redis-responses.repository';

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
