/** Opens a database as soon as that is possible, and closes it in time. */
import { withTimeout } from '@platform/resilience';
import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from './connection-errors';
import { dialectOf } from './dialect';
import { CLOSE_DEADLINE_MS, OPEN_DEADLINE_MS } from './reading.policy';
import { assertSessionSettings, SessionSettingError } from './session-settings.provider';

/** One that took too long may still come; it is waited for then, and not begun again. */
export class Opening {
  private begun: Promise<DataSource> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Throws DatabaseUnavailableError, after which it may be called again, and SessionSettingError, which is final. */
  async open(): Promise<void> {
    if (this.dataSource.isInitialized) return;
    this.begun ??= initialize(this.dataSource).finally(() => (this.begun = undefined));
    await awaitReachable(this.dataSource, this.begun);
  }
}

/** A connection pool is open only once its sessions are known to be set. */
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

/** A file that cannot be opened stays so; a server may come back. */
export async function awaitReachable(dataSource: DataSource, opening: Promise<DataSource>): Promise<DataSource> {
  if (dialectOf(dataSource) === 'sqlite') return opening;
  const toError = () => new Error(`the server did not answer within ${OPEN_DEADLINE_MS} ms`);
  return withTimeout(OPEN_DEADLINE_MS, opening, toError).catch((error: unknown) => {
    throw settingErrorOf(error) ?? new DatabaseUnavailableError(error);
  });
}

/** TypeORM wraps the error of a statement. */
function settingErrorOf(error: unknown): SessionSettingError | undefined {
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  return cause instanceof SessionSettingError ? cause : undefined;
}

/** Nobody waits for a server that hangs to say goodbye. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  await withTimeout(CLOSE_DEADLINE_MS, closing, () => new Error('it does not say goodbye')).catch(() => undefined);
}
