import { CatalogueErrors, catalogueSchema } from '@catalogue';
import { PartnerSyncModule } from '@features/partner-sync';
import { CatalogueValidity, FreshnessModule, ListErrors, ProductsModule } from '@features/products';
import { EventHandlersModule, WebhookErrors } from '@features/webhook';
import { AuthErrors } from '@integrations/auth';
import { PartnerErrors, PartnerHealth, PartnerModule } from '@integrations/partner';
import { Module, type DynamicModule } from '@nestjs/common';
import { CacheModule, FastPathModule } from '@platform/cache';
import { ConfigModule, type AppConfig } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { HealthErrors, HealthModule } from '@platform/health';
import { HttpModule } from '@platform/http';
import { InboxErrors, inboxSchema } from '@platform/inbox';
import { MetricsErrors, MetricsModule } from '@platform/observability';
import { RateLimitErrors, RateLimitModule } from '@platform/rate-limit';
import { RedisModule } from '@platform/redis';
import { ResilienceModule } from '@platform/resilience';

/** Modules of the API: the platform first, then the features. */
@Module({})
export class ApiModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ConfigModule.with(config),
        ResilienceModule,
        MetricsModule,
        DatabaseModule.with(catalogueSchema, inboxSchema),
        RedisModule,
        CacheModule.with(CatalogueValidity, { imports: [FreshnessModule] }),
        RateLimitModule,
        FastPathModule,
        HttpModule.explaining(
          MetricsErrors,
          RateLimitErrors,
          HealthErrors,
          CatalogueErrors,
          ListErrors,
          WebhookErrors,
          InboxErrors,
          PartnerErrors,
          AuthErrors,
        ),
        HealthModule.reporting([PartnerHealth], { imports: [PartnerModule] }),
        ProductsModule,
        PartnerSyncModule,
        EventHandlersModule,
      ],
    };
  }
}
