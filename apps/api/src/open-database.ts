/**
 * In development the schema is brought up to date and an empty catalogue filled, so that one command shows something.
 * Everywhere else the schema is changed by an operator, and an old one refuses to serve.
 */
import { Logger, type INestApplication } from '@nestjs/common';
import {
  PlannerStatisticsService,
  DemoCatalogueService,
  ProductRepository,
  ReindexService,
  SearchIndexStateRepository,
} from '@features/products';
import { AppConfig } from '@platform/config';
import {
  DatabaseUnavailableError,
  DatabaseOpening,
  hasPendingMigrations,
  isConnectionLost,
  migrate,
  ReplicaRouter,
} from '@platform/database';
import { DatabaseMonitor } from '@platform/health';
import { Clock, equalJitterMs } from '@platform/resilience';
import type { DataSource } from 'typeorm';

/** What a newcomer finds in an empty database: enough to page, search and compare. */
const DEMO_ROWS = 5_000;

const TO_THE_END = { signal: new AbortController().signal, onProgress: () => undefined };

/** Between two tries to reach the database. */
const BACKOFF = { baseMs: 500, capMs: 5_000 };

/** False where the database cannot be reached now. Throws where it can and is not what it should be. */
export async function openDatabase(app: INestApplication): Promise<boolean> {
  try {
    await prepare(app);
    app.get(ReplicaRouter).follow();
    await app.get(DatabaseMonitor).check();
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError) && !isConnectionLost(error)) throw error;
    new Logger('Database').warn({
      reason: (error as Error).message,
      msg: 'the database cannot be reached; trying again',
    });
    return false;
  }
}

/** Tries until it can be reached, or until the signal. Throws as `openDatabase`. */
export async function keepOpening(app: INestApplication, signal: AbortSignal): Promise<void> {
  const clock = app.get(Clock);
  const pauseMs = (failures: number) => equalJitterMs(BACKOFF, failures, clock.random());
  for (let failures = 1; await clock.pause(pauseMs(failures), signal); failures++) if (await openDatabase(app)) return;
}

async function prepare(app: INestApplication): Promise<void> {
  const database = app.get(DatabaseOpening);
  if (app.get(AppConfig).environment === 'development') {
    await database.open(migrate);
    if (await app.get(ProductRepository).isEmpty()) await fillWithDemo(app);
    await loadPlannerStatistics(app, () => app.get(ReindexService).run(TO_THE_END));
  } else {
    await database.open(refuseOldSchema);
    await loadPlannerStatistics(app, () =>
      new Logger('Catalogue').warn('The search index is not complete, searches are slow; run: npm run cli -- reindex'),
    );
  }
}

async function refuseOldSchema(dataSource: DataSource): Promise<void> {
  if (await hasPendingMigrations(dataSource))
    throw new Error('The database schema is older than this version; run: npm run db:migrate');
}

/** A catalogue from before the search index has to be indexed; what queries are planned by is learnt meanwhile. */
async function loadPlannerStatistics(app: INestApplication, whenNotIndexed: () => unknown): Promise<void> {
  if (!(await app.get(SearchIndexStateRepository).isComplete())) await whenNotIndexed();
  void app.get(PlannerStatisticsService).refresh();
}

async function fillWithDemo(app: INestApplication): Promise<void> {
  await app.get(DemoCatalogueService).fill({ rows: DEMO_ROWS, ...TO_THE_END });
}
