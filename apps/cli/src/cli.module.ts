import { Module, type DynamicModule } from '@nestjs/common';
import { ProductsModule, productsSchema } from '@features/products';
import { webhookSchema } from '@features/webhook';
import { CacheModule } from '@platform/cache';
import { ConfigModule, type AppConfig } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { MetricsModule } from '@platform/observability';
import { RedisModule } from '@platform/redis';
import { ResilienceModule } from '@platform/resilience';
import { EventHandlersModule } from '../../api/src/event-handlers.module';

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
        DatabaseModule.with(productsSchema, webhookSchema),
        RedisModule,
        CacheModule,
        ProductsModule,
        EventHandlersModule,
      ],
    };
  }
}
