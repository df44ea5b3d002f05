import { Module, type DynamicModule } from '@nestjs/common';
import { ProductsModule, productsSchema } from '@features/products';
import { ConfigModule, type AppConfig } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { MetricsModule } from '@platform/observability';

/** What the operator's commands work with: the same features as the API, without HTTP. */
@Module({})
export class CliModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: CliModule,
      imports: [ConfigModule.with(config), DatabaseModule.with(productsSchema), MetricsModule, ProductsModule],
    };
  }
}
