import type { DatabaseSchema } from '@platform/database';
import { toDataSourceOptions } from '@testing/database';
import { DataSource } from 'typeorm';
import type { TestDatabase } from './databases';

/** Runs `work` on a new connection to the database, independent of the service. */
export async function withDataSource<T>(
  { config }: Pick<TestDatabase, 'config'>,
  schemas: readonly DatabaseSchema[],
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await new DataSource(toDataSourceOptions(config, schemas)).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
