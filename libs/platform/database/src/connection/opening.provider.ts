/** Opens and closes data sources, each within a deadline. */
import { SingleFlight, withDeadline } from '@platform/resilience';
import type { DataSource } from 'typeorm';
import { CLOSE_DEADLINE_MS, OPEN_DEADLINE_MS } from '../reading.policy';
import { dialectOf } from '../statements/dialect';
import { DatabaseUnavailableError } from './connection-errors';
import { assertSessionSettings, SessionSettingError } from './session-settings.provider';

/** Opens a data source once. An attempt that exceeds its deadline continues, and the next call waits for it. */
export class Opening {
  private readonly attempts = new SingleFlight<DataSource, DataSource>();

  constructor(private readonly dataSource: DataSource) {}

  /** Throws DatabaseUnavailableError, which may be retried, or SessionSettingError, which is permanent. */
  async open(): Promise<void> {
    if (this.dataSource.isInitialized) return;
    const attempt = this.attempts.run(this.dataSource, () => initialize(this.dataSource));
    await awaitReachable(this.dataSource, attempt);
  }
}

/** Opens the data source and verifies the session settings of its pool. Closes it again if that fails. */
export async function initialize(dataSource: DataSource): Promise<DataSource> {
  await dataSource.initialize();
  if (dialectOf(dataSource) === 'sqlite') return dataSource;
  try {
    await assertSessionSettings(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Waits for the data source to open, for a server until a deadline. Throws SessionSettingError, or
 * DatabaseUnavailableError for any other failure of a server. The error of an unusable SQLite file is permanent.
 */
export async function awaitReachable(dataSource: DataSource, opening: Promise<DataSource>): Promise<DataSource> {
  if (dialectOf(dataSource) === 'sqlite') return opening;
  const toError = () => new Error(`the server did not respond within ${OPEN_DEADLINE_MS} ms`);
  return withDeadline(OPEN_DEADLINE_MS, opening, toError).catch((error: unknown) => {
    throw settingErrorOf(error) ?? new DatabaseUnavailableError(error);
  });
}

/** TypeORM wraps the error of a statement. */
function settingErrorOf(error: unknown): SessionSettingError | undefined {
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  return cause instanceof SessionSettingError ? cause : undefined;
}

/** Waits for the close, at most until its deadline, because a server may hang. Never throws. */
export async function awaitClosed(closing: Promise<unknown>): Promise<void> {
  await withDeadline(CLOSE_DEADLINE_MS, closing, () => new Error('the connection did not close in time')).catch(
    () => undefined,
  );
}
