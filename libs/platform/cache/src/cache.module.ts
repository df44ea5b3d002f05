import { CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { PathPrefix } from '@platform/http';
import { RedisClient } from '@platform/redis';
import { AddressBook } from './address-book.service';
import { AnswerCache } from './answer-cache.service';
import { CacheMetrics } from './cache-metrics.service';
import { CacheResponses } from './cache-responses.service';
import { CacheVersion } from './cache-version.service';
import { FastLane } from './fast-lane.service';
import { NearAnswers } from './near-answers.service';
import { Leases } from './lease.provider';
import { SharedAnswers, toRedisStore } from './shared-answers.repository';

/** Answers kept ready to send, for all modules, and the version they depend on. */
@Global()
@Module({
  imports: [
    CacheManagerModule.registerAsync({
      inject: [RedisClient],
      // Keyv declares itself once for each module system, and the two do not fit.
      useFactory: (redis: RedisClient) => ({ stores: [toRedisStore(redis) as never] }),
    }),
  ],
  providers: [AnswerCache, SharedAnswers, CacheVersion, Leases, CacheMetrics, AddressBook, CacheResponses, PathPrefix],
  exports: [AnswerCache, CacheVersion, AddressBook, CacheResponses],
})
export class CacheModule {}

/** Only where there is a server. */
@Module({ providers: [FastLane, NearAnswers] })
export class FastLaneModule {}
