import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '@platform/config';
import { BoundedReader } from './bounded.reader';
import { toDataSourceOptions } from './data-source.provider';
import type { DatabaseSchema } from './database.schema';

/** One connection pool for the application, with the tables of the features it is given; for all modules. */
@Module({})
export class DatabaseModule {
  static with(...schemas: DatabaseSchema[]): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [AppConfig],
          useFactory: (config: AppConfig) => ({
            ...toDataSourceOptions(config.database, schemas),
            retryAttempts: 1,
            toRetry: () => false,
          }),
        }),
      ],
      providers: [BoundedReader],
      exports: [BoundedReader],
    };
  }
}
