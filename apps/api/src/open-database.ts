/**
 * Opens the database and prepares the catalogue. In development, pending migrations are applied. Elsewhere an operator
 * applies migrations, and the service refuses an outdated schema.
 */
import { Catalogue } from '@catalogue';
import { Logger, type INestApplication } from '@nestjs/common';
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
  const isDevelopment = app.get(AppConfig).environment === 'development';
  await app.get(DatabaseOpening).open(isDevelopment ? migrate : refuseOldSchema);
  await app.get(Catalogue).prepare();
}

async function refuseOldSchema(dataSource: DataSource): Promise<void> {
  if (await hasPendingMigrations(dataSource))
    throw new Error('The database schema is older than this version. Run: npm run db:migrate');
}
