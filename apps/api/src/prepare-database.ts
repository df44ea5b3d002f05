import type { INestApplication } from '@nestjs/common';
import { DemoCatalogueService, ProductRepository } from '@features/products';
import { AppConfig } from '@platform/config';
import { hasPendingMigrations, migrate } from '@platform/database';
import { DataSource } from 'typeorm';

/** What a newcomer finds in an empty database: enough to page, search and compare. */
const DEMO_ROWS = 5_000;

/**
 * In development the schema is brought up to date and an empty catalogue filled, so that one command shows something.
 * Everywhere else the schema is changed by an operator, and an old one refuses to serve.
 */
export async function prepareDatabase(app: INestApplication): Promise<void> {
  const dataSource = app.get(DataSource);
  if (app.get(AppConfig).environment === 'development') {
    await migrate(dataSource);
    if (await app.get(ProductRepository).isEmpty()) await fillWithDemo(app);
  } else if (await hasPendingMigrations(dataSource)) {
    throw new Error('The database schema is older than this version; run: npm run db:migrate');
  }
}

async function fillWithDemo(app: INestApplication): Promise<void> {
  await app
    .get(DemoCatalogueService)
    .fill({ rows: DEMO_ROWS, signal: new AbortController().signal, onProgress: () => undefined });
}
