import { CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { PathPrefix } from '@platform/http';
import { RedisClient } from '@platform/redis';
import { CacheMetrics } from './cache-metrics.service';
import { CacheHeaders } from './http/cache-headers.service';
import { CanonicalUrlCache } from './http/canonical-url-cache.service';
import { FastPath } from './http/fast-path.service';
import { L1Responses } from './http/l1-responses.service';
import { ResponseCache } from './response-cache.service';
import { ResponseValidity } from './response-validity';
import { Leases } from './store/lease.provider';
import { RedisResponses, toRedisStore } from './store/redis-responses.repository';

/** The response cache for all modules. */
@Module({})
export class CacheModule {
  /** `validity` is a provider that `imports` export. */
  static with(validity: Type<ResponseValidity>, { imports = [] }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      imports: [
        ...imports,
        CacheManagerModule.registerAsync({
          inject: [RedisClient],
          // Keyv has one declaration per module system, and the two are incompatible.
          useFactory: (redis: RedisClient) => ({ stores: [toRedisStore(redis) as never] }),
        }),
      ],
      providers: [
        { provide: ResponseValidity, useExisting: validity },
        ResponseCache,
        RedisResponses,
        Leases,
        CacheMetrics,
        CanonicalUrlCache,
        CacheHeaders,
        PathPrefix,
      ],
      exports: [ResponseCache, CanonicalUrlCache, CacheHeaders],
    };
  }
}

/** Only for processes with an HTTP server. */
@Module({ providers: [FastPath, L1Responses] })
export class FastPathModule {}
