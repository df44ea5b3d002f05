import { Module, type DynamicModule } from '@nestjs/common';
import { CatalogueErrors, ProductsModule, productsSchema } from '@features/products';
import { ConfigModule, type AppConfig } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { HttpModule } from '@platform/http';
import { MetricsModule } from '@platform/observability';

/** The service as a list: the platform first, then the features on it. */
@Module({})
export class ApiModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ConfigModule.with(config),
        DatabaseModule.with(productsSchema),
        HttpModule.explaining(CatalogueErrors),
        MetricsModule,
        ProductsModule,
      ],
    };
  }
}
