import { Logger, type INestApplication } from '@nestjs/common';
import {
  CatalogueFactsService,
  DemoCatalogueService,
  ProductRepository,
  ReindexService,
  SearchIndexStateRepository,
} from '@features/products';
import { AppConfig } from '@platform/config';
import { hasPendingMigrations, migrate } from '@platform/database';
import { DataSource } from 'typeorm';

/** What a newcomer finds in an empty database: enough to page, search and compare. */
const DEMO_ROWS = 5_000;

const TO_THE_END = { signal: new AbortController().signal, onProgress: () => undefined };

/**
 * In development the schema is brought up to date and an empty catalogue filled, so that one command shows something.
 * Everywhere else the schema is changed by an operator, and an old one refuses to serve.
 */
export async function prepareDatabase(app: INestApplication): Promise<void> {
  const dataSource = app.get(DataSource);
  if (app.get(AppConfig).environment === 'development') {
    await migrate(dataSource);
    if (await app.get(ProductRepository).isEmpty()) await fillWithDemo(app);
    await learnCatalogue(app, () => app.get(ReindexService).run(TO_THE_END));
  } else if (await hasPendingMigrations(dataSource)) {
    throw new Error('The database schema is older than this version; run: npm run db:migrate');
  } else {
    await learnCatalogue(app, () =>
      new Logger('Catalogue').warn('The search index is not complete, searches are slow; run: npm run cli -- reindex'),
    );
  }
}

/** A catalogue from before the search index has to be indexed; what queries are planned by is learnt meanwhile. */
async function learnCatalogue(app: INestApplication, whenNotIndexed: () => unknown): Promise<void> {
  if (!(await app.get(SearchIndexStateRepository).isComplete())) await whenNotIndexed();
  void app.get(CatalogueFactsService).refresh();
}

async function fillWithDemo(app: INestApplication): Promise<void> {
  await app.get(DemoCatalogueService).fill({ rows: DEMO_ROWS, ...TO_THE_END });
}
