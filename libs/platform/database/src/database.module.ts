import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '@platform/config';
import type { DataSourceOptions } from 'typeorm';
import { BoundedReader } from './bounded.reader';
import { toDataSourceOptions, toWritingOptions } from './data-source.provider';
import { DatabaseOpening } from './database-opening.service';
import { DatabaseIdentity } from './identity/database-identity.service';
import { PoolMetrics } from './pool-metrics.service';
import { ReplicaConnections } from './replicas/replica-connections.provider';
import { ReplicaMetrics } from './replicas/replica-metrics.service';
import { ReplicaRouter } from './replicas/replica-router.service';
import { ReplicationPositions } from './replicas/replication-positions.service';
import type { DatabaseSchema } from './schema/database.schema';
import { BackgroundWrites } from './writing/background-writes.provider';
import { WRITES, WriteDatabase } from './writing/write-database.provider';

/** The database with the tables of the given features, through one pool for reads and one for writes. */
@Module({})
export class DatabaseModule {
  static with(...schemas: DatabaseSchema[]): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        withDeferredOpening({ useOptions: (config) => toDataSourceOptions(config.database, schemas) }),
        withDeferredOpening({
          name: WRITES,
          useOptions: (config) => toWritingOptions(toDataSourceOptions(config.database, schemas)),
        }),
      ],
      providers: [
        BoundedReader,
        WriteDatabase,
        BackgroundWrites,
        DatabaseOpening,
        DatabaseIdentity,
        ReplicationPositions,
        ReplicaConnections,
        ReplicaRouter,
        PoolMetrics,
        ReplicaMetrics,
      ],
      exports: [BoundedReader, WriteDatabase, BackgroundWrites, DatabaseOpening, DatabaseIdentity, ReplicaRouter],
    };
  }
}

/** DatabaseOpening opens the data source, because the application starts before its database is reachable. */
function withDeferredOpening({
  name,
  useOptions,
}: {
  name?: string;
  useOptions: (config: AppConfig) => DataSourceOptions;
}) {
  return TypeOrmModule.forRootAsync({
    ...(name !== undefined && { name }),
    inject: [AppConfig],
    useFactory: (config: AppConfig) => ({ ...useOptions(config), manualInitialization: true }),
  });
}
