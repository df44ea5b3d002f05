/** Starts a catalogue for a suite. The builders supply defaults, so that a test only states the values that matter. */
import { CatalogueWriter, ProductWriteRepository, type ProductDraft } from '@catalogue';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig, type AppSettings, type DatabaseConfig } from '@platform/config';
import { DatabaseOpening, migrate, runInTransaction } from '@platform/database';
import { Lifecycle } from '@platform/health';
import { DataSource } from 'typeorm';
import type { CatalogueTransaction } from '@testing/catalogue';
import { createApp } from '../../apps/api/src/app';
import type { TestDatabase } from './databases';

export interface TestCatalogue {
  readonly app: NestFastifyApplication;
  readonly dataSource: DataSource;
  /** Stores products in addition to the existing ones. */
  readonly given: (...drafts: ProductDraft[]) => Promise<void>;
  readonly remove: (...externalIds: string[]) => Promise<number>;
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const NOW_MS = Date.UTC(2026, 9, 1);

/** HTTP settings of a test on a free loopback port. */
export const LOOPBACK: AppSettings['http'] = {
  host: '127.0.0.1',
  port: 0,
  publicUrl: undefined,
  trustedProxies: false,
  corsOrigins: [],
};

/** Returns a configuration without cache, rate limits, Redis and partner; `settings` override it. */
export function testConfig(database: DatabaseConfig, settings: Partial<AppSettings>): AppConfig {
  return new AppConfig({
    environment: 'test',
    http: LOOPBACK,
    metricsToken: undefined,
    collector: undefined,
    processes: 1,
    database,
    redis: undefined,
    cache: { isEnabled: false, ttlSeconds: 60 },
    rateLimit: { max: 0, webhookMax: 0, windowSeconds: 60 },
    webhook: { secrets: [], isWorking: true, maxAttempts: 25 },
    partner: undefined,
    shutdown: { graceSeconds: 0, deadlineSeconds: 25 },
    logLevel: 'silent',
    failpoints: new Map(),
    ...settings,
  });
}

export async function startCatalogue(
  createDatabase: () => Promise<TestDatabase>,
  settings: Partial<AppSettings> = {},
): Promise<TestCatalogue> {
  const database = await createDatabase();
  const app = await createApp(testConfig(database.config, settings));
  await app.get(DatabaseOpening).open(migrate);
  app.get(Lifecycle).markStarted();
  const dataSource = app.get(DataSource);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const products = app.get(ProductWriteRepository, { strict: false });
  const writer = app.get(CatalogueWriter, { strict: false });
  const write = <T>(work: (transaction: CatalogueTransaction) => Promise<T>) =>
    writer.write((transaction) => runInTransaction(dataSource, transaction), work);
  return {
    app,
    dataSource,
    given: async (...drafts) => {
      await write((transaction) => products.upsert(transaction, drafts, NOW_MS));
    },
    remove: (...externalIds) => write((transaction) => products.remove(transaction, externalIds, NOW_MS)),
    clear: async () => {
      await write((transaction) => writer.logEverything(transaction));
      await dataSource.query('DELETE FROM products');
      await dataSource.query('DELETE FROM search_index');
      await dataSource.query('DELETE FROM search_block');
      await dataSource.query('DELETE FROM producers');
      await dataSource.query('DELETE FROM producer_block');
    },
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

let created = 0;

export function aProduct(overrides: Partial<ProductDraft> = {}): ProductDraft {
  created += 1;
  return {
    externalId: `test-${created}`,
    name: 'Tomato',
    description: 'Picked this morning',
    category: 'vegetables',
    priceMinor: 4_250,
    currency: 'INR',
    unit: 'kg',
    stock: 10,
    producer: { name: 'Sahyadri Family Farm', place: 'Nashik', latitude: 19.99, longitude: 73.78 },
    ...overrides,
  };
}
