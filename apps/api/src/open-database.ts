/**
 * Opens the database. In development, pending migrations are applied and an empty catalogue gets demo products.
 * Elsewhere an operator applies migrations, and the service refuses an outdated schema.
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

/** Demo products for an empty database: enough to page, search and compare. */
const DEMO_ROWS = 5_000;

const RUN_TO_COMPLETION = { signal: new AbortController().signal, onProgress: () => undefined };

/** Between attempts to open the database. */
const BACKOFF = { baseMs: 500, capMs: 5_000 };

/** Returns false if the database is unavailable. Throws any other error, such as that of an outdated schema. */
export async function openDatabase(app: INestApplication): Promise<boolean> {
  try {
    await openAndPrepare(app);
    app.get(ReplicaRouter).startChecks();
    await app.get(DatabaseMonitor).check();
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError) && !isConnectionLost(error)) throw error;
    new Logger('Database').warn({
      reason: (error as Error).message,
      msg: 'the database is unavailable; retrying',
    });
    return false;
  }
}

/** Retries `openDatabase` with backoff until it returns true or the signal aborts. Throws as `openDatabase` does. */
export async function retryOpening(app: INestApplication, signal: AbortSignal): Promise<void> {
  const clock = app.get(Clock);
  const delayMs = (failures: number) => equalJitterMs(BACKOFF, failures, clock.random());
  for (let failures = 1; await clock.pause(delayMs(failures), signal); failures++) if (await openDatabase(app)) return;
}

async function openAndPrepare(app: INestApplication): Promise<void> {
  const database = app.get(DatabaseOpening);
  if (app.get(AppConfig).environment === 'development') {
    await database.open(migrate);
    if (await app.get(ProductRepository).isEmpty()) await fillWithDemo(app);
    await loadPlannerStatistics(app, () => app.get(ReindexService).run(RUN_TO_COMPLETION));
  } else {
    await database.open(refuseOldSchema);
    await loadPlannerStatistics(app, () =>
      new Logger('Catalogue').warn('The search index is incomplete and searches are slow. Run: npm run cli -- reindex'),
    );
  }
}

async function refuseOldSchema(dataSource: DataSource): Promise<void> {
  if (await hasPendingMigrations(dataSource))
    throw new Error('The database schema is older than this version. Run: npm run db:migrate');
}

/** Calls back if the search index is incomplete, then refreshes planner statistics in the background. */
async function loadPlannerStatistics(app: INestApplication, onIncompleteIndex: () => unknown): Promise<void> {
  if (!(await app.get(SearchIndexStateRepository).isComplete())) await onIncompleteIndex();
  void app.get(PlannerStatisticsService).refresh();
}

async function fillWithDemo(app: INestApplication): Promise<void> {
  await app.get(DemoCatalogueService).fill({ rows: DEMO_ROWS, ...RUN_TO_COMPLETION });
}
