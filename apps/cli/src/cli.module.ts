import { catalogueSchema } from '@catalogue';
import { IngestModule } from '@features/ingest';
import { PartnerSyncModule } from '@features/partner-sync';
import { CatalogueValidity, FreshnessModule, ProductsModule } from '@features/products';
import { EventHandlersModule } from '@features/webhook';
import { Module, type DynamicModule } from '@nestjs/common';
import { CacheModule } from '@platform/cache';
import { ConfigModule, type AppConfig } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { inboxSchema } from '@platform/inbox';
import { MetricsModule } from '@platform/observability';
import { RedisModule } from '@platform/redis';
import { ResilienceModule } from '@platform/resilience';

/** Modules of the operator commands: the features of the API, without HTTP. */
@Module({})
export class CliModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: CliModule,
      imports: [
        ConfigModule.with(config),
        ResilienceModule,
        MetricsModule,
        DatabaseModule.with(catalogueSchema, inboxSchema),
        RedisModule,
        CacheModule.with(CatalogueValidity, { imports: [FreshnessModule] }),
        ProductsModule,
        IngestModule,
        PartnerSyncModule,
        EventHandlersModule,
      ],
    };
  }
}
